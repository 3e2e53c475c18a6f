"""Exported checkpoints hold the models that their stages left, the rest is the base's."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from dying_export import Dying
from finished_stages import finish, logits, plain_weights
from safetensors.torch import load_file
from tokenizers import Tokenizer
from toy_training import write_clips, write_stage
from transformers import AudioFlamingo3ForConditionalGeneration, AutoConfig, AutoProcessor

from uas_cli.main import main
from uas_model.assemble import Assembled
from uas_model.audio_vocabulary import AudioVocabulary
from uas_model.base import Base
from uas_model.checkpoint import CODEBOOK_FILE, CODEBOOK_FOLDER, UNKNOWN_LICENCE, Checkpoint
from uas_model.export import write_checkpoint
from uas_model.load import load_encoder, load_model
from uas_model.names import EMBEDDINGS, ENCODER, OUTPUT, PROJECTOR
from uas_model.runner.runner import Runner
from uas_model.shards import INDEX_FILE, WEIGHTS_FILE, read_tensors
from uas_schema.document import UasDocument
from uas_training.config import load_config
from uas_training.evaluation.listeners import RunnerListener
from uas_training.exporting import Export, export
from uas_training.lora import TARGETS
from uas_training.run_stage import run_stage

SCHEDULE = {"epochs": 1, "batch_seconds": 1.0, "bf16": False, "threads": 1,
            "evaluate_every_epochs": 1}  # fmt: skip
CODES = 16
NOISE = np.random.default_rng(5).normal(0, 0.1, 16_000).astype(np.float32)
DYING = Path(__file__).parents[1] / "support" / "dying_export.py"
POSITIONS = f"{ENCODER}embed_positions.weight"
KINDS: dict[str, tuple[str, dict[str, object], tuple[str, ...]]] = {
    "listen": ("listen", {"word_weight": 0.5}, ()),
    "adapt": ("adapt", {}, ("encoder:listen", "projector:listen")),
    "factors": ("tune", {"lora_rank": 2, "lora_alpha": 3}, ("encoder:listen", "start:adapt")),
    "full": ("tune", {"method": "full", "encoder_rate": 1e-3}, ("start:adapt",)),
    "grpo": ("grpo", {"lora_rank": 2}, ("encoder:listen", "start:full")),
    "align": ("align", {"codebook_size": CODES}, ("encoder:listen", "projector:listen")),
}
"""Kind of stage, its values, and `key:stage` of those that it stands on; in an order to run in."""


class Stages:
    """Every kind of stage, finished one on the other, on a base in bfloat16."""

    def __init__(self, folder: Path) -> None:
        manifest = write_clips(folder / "clips", 6)
        write_stage(folder, "adapt", manifest)
        rewrite(folder / "base", torch.bfloat16, {})
        self.base, self.models, self.configs = folder / "base", {}, {}
        for name, (stage, values, beneath) in KINDS.items():
            stands_on = {key: str(folder / on) for key, _, on in map(_parted, beneath)}
            path = write_stage(
                folder, stage, manifest, output=str(folder / name), schedule=SCHEDULE,
                **values, **stands_on,
            )  # fmt: skip
            self.configs[name] = path.rename(folder / f"{name}.yaml")
            self.models[name] = finish(self.configs[name])
        self.folder, self.audio_id = folder, Checkpoint.open(self.base).tokenizer.audio_id


def _parted(text: str) -> tuple[str, str, str]:
    return text.partition(":")


def rewrite(folder: Path, dtype: torch.dtype, draft: Mapping[str, Path], **said: Any) -> None:
    """Write the random checkpoint anew, with a processor and a draft model."""
    shape = AutoConfig.from_pretrained(folder)
    found = Assembled(shape, load_file(folder / WEIGHTS_FILE), 80)
    base = Base(found, Tokenizer.from_file(str(folder / "tokenizer.json")), draft, {})
    write_checkpoint(base, folder, dtype, replace(Checkpoint.open(folder).info, **said))


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Stages:
    return Stages(tmp_path_factory.mktemp("stages"))


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def whole(stages: Stages, kind: str) -> Path:
    """The stage's checkpoint in float32, which holds what was merged to the last bit."""
    target = stages.folder / f"{kind}-float32"
    export(stages.configs[kind], target, Export(stored_type=torch.float32))
    return target


@pytest.fixture(scope="module")
def stored(stages: Stages, kind: str) -> Path:
    """The stage's checkpoint in the type of its base."""
    target = stages.folder / f"{kind}-stored"
    export(stages.configs[kind], target)
    return target


def stock(folder: Path) -> Any:
    return AudioFlamingo3ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)


def test_stock_transformers_loads_the_model_that_the_stage_left(
    stages: Stages, kind: str, whole: Path
) -> None:
    model = stages.models[kind]
    text = (1, 40, 41, len(Checkpoint.open(whole).tokenizer) - 1)
    exact = logits(model, stages.audio_id, text)
    found = logits(stock(whole).eval(), stages.audio_id, text)
    torch.testing.assert_close(found, exact, rtol=0, atol=1e-4)
    if kind != "align":
        before = logits(load_model(stages.base), stages.audio_id, text)
        assert (before - exact).abs().max() > 0.1
    processor = AutoProcessor.from_pretrained(whole)
    assert processor.tokenizer.convert_tokens_to_ids("<sound>") == stages.audio_id


def test_tensors_are_merged_in_float32_and_rounded_once(
    stages: Stages, kind: str, whole: Path, stored: Path
) -> None:
    merged, rounded = read_tensors(whole), read_tensors(stored)
    exact = plain_weights(stages.models[kind])
    assert merged.keys() == rounded.keys() == exact.keys()
    for name, tensor in exact.items():
        assert torch.equal(merged[name], tensor), name
        assert torch.equal(rounded[name], merged[name].bfloat16()), name


def moved_by(kind: str, name: str) -> bool:
    """Whether a stage, or one beneath it, has moved a tensor."""
    if name.startswith((ENCODER, PROJECTOR)):
        return name != POSITIONS
    if kind in ("full", "grpo"):
        return True
    return kind == "factors" and name.endswith(tuple(f"{target}.weight" for target in TARGETS))


def test_what_did_not_train_is_that_of_the_base_to_the_bit(
    stages: Stages, kind: str, stored: Path
) -> None:
    before, after = read_tensors(stages.base), read_tensors(stored)
    assert before.keys() == after.keys()
    for name, tensor in before.items():
        assert after[name].dtype == tensor.dtype == torch.bfloat16
        if kind == "align" and name in (EMBEDDINGS, OUTPUT):
            assert torch.equal(after[name][:-CODES], tensor)
        else:
            assert torch.equal(after[name], tensor) != moved_by(kind, name), name


def test_our_runner_writes_the_text_of_the_stage(
    stages: Stages, kind: str, whole: Path, stored: Path
) -> None:
    loaded = RunnerListener.load(whole, "fp32")
    in_memory = {
        name: tensor.float() for name, tensor in plain_weights(stages.models[kind]).items()
    }
    shape = json.loads((whole / "config.json").read_text(encoding="utf-8"))
    sounds = AudioVocabulary.of(Checkpoint.open(whole))
    runner = Runner(shape, in_memory, loaded.tokens, "fp32", audio_vocabulary=sounds)
    left = RunnerListener(loaded.tokens, loaded.prompts, runner)
    text = loaded.transcribe(NOISE)
    assert text == left.transcribe(NOISE)
    assert text != RunnerListener.load(stages.base, "fp32").transcribe(NOISE) or kind == "align"
    UasDocument.parse(RunnerListener.load(stored).describe(NOISE, None, "none").text)


def test_the_checkpoint_says_what_it_is(stages: Stages, kind: str, stored: Path) -> None:
    info = Checkpoint.open(stored).info
    assert (info.name, info.licence, info.variant) == (stored.name, UNKNOWN_LICENCE, "nc")
    assert (info.languages, info.prompt_family) == (("en",), "smollm2-chatml")
    assert (info.wants_draft, info.draft_model) == ("forced", None)
    assert info.document_window_s == (None if kind in ("listen", "align") else 12)
    assert info.built_from["base_name"] == "tiny-random"
    assert info.built_from["config"] == f"{kind}.yaml"
    assert info.built_from["dtype"] == "bfloat16"
    base = Checkpoint.open(stages.base).info
    assert info.built_from[f"base/{WEIGHTS_FILE}"] == base.weights_sha256[WEIGHTS_FILE]
    assert len(info.built_from["output/final.safetensors"]) == 64
    assert WEIGHTS_FILE in info.weights_sha256


def test_large_models_lie_in_several_files(stages: Stages, tmp_path: Path) -> None:
    folder, together = tmp_path / "split", tmp_path / "one"
    export(stages.configs["factors"], folder, Export(shard_bytes=50_000))
    export(stages.configs["factors"], together)
    files = sorted(folder.glob("*.safetensors"))
    assert len(files) > 2
    assert files[0].name == f"model-00001-of-{len(files):05}.safetensors"
    assert all(file.stat().st_size < 60_000 for file in files if len(load_file(file)) > 1)
    assert not (folder / WEIGHTS_FILE).exists()
    assert not (together / INDEX_FILE).exists()
    assert {file.name for file in files} < Checkpoint.open(folder).info.weights_sha256.keys()
    for one, other in zip(
        stock(folder).state_dict().items(), stock(together).state_dict().items(), strict=True
    ):
        assert one[0] == other[0]
        assert torch.equal(one[1], other[1])
    assert torch.equal(
        load_encoder(folder).layer_norm.weight, load_encoder(together).layer_norm.weight
    )
    said = [RunnerListener.load(each).transcribe(NOISE) for each in (folder, together)]
    assert said[0] == said[1]


def test_stages_go_on_from_an_exported_base(stages: Stages, tmp_path: Path) -> None:
    """On an expanded base in several files: the codebook goes with every export."""
    expanded = tmp_path / "expanded"
    export(stages.configs["align"], expanded, Export(shard_bytes=50_000))
    manifest = stages.folder / "clips" / "train.jsonl"
    path = write_stage(
        stages.folder, "tune", manifest, base=str(expanded), output=str(tmp_path / "tune"),
        schedule=SCHEDULE, lora_rank=2,
    )  # fmt: skip
    run_stage(load_config(path))
    target = tmp_path / "exported"
    export(path, target)
    tokens = Checkpoint.open(target).tokenizer
    assert tokens.control(f"<|audio_{CODES - 1}|>") == len(tokens) - 1
    places = [folder / CODEBOOK_FOLDER / CODEBOOK_FILE for folder in (expanded, target)]
    assert places[0].read_bytes() == places[1].read_bytes()
    before, after = (read_tensors(folder)[EMBEDDINGS] for folder in (expanded, target))
    assert torch.equal(after[:-CODES], before[:-CODES])
    assert not torch.equal(after[-CODES:], before[-CODES:])


@pytest.mark.parametrize(("kind", "wish"), [("tune", "forced"), ("adapt", "none")])
def test_the_draft_model_goes_with_the_checkpoint(tmp_path: Path, kind: str, wish: str) -> None:
    values = {"lora_rank": 2} if kind == "tune" else {}
    config = write_stage(tmp_path, kind, tmp_path, schedule=SCHEDULE, **values)
    file = tmp_path / "file"
    file.write_bytes(b"a draft model")
    said = {"draft_model": "draft", "wants_draft": "none"}
    rewrite(tmp_path / "base", torch.float32, {"model.bin": file}, **said)
    finish(config)
    export(config, tmp_path / "out")
    checkpoint = Checkpoint.open(tmp_path / "out")
    assert checkpoint.info.wants_draft == wish
    assert checkpoint.draft_path is not None
    assert (checkpoint.draft_path / "model.bin").read_bytes() == b"a draft model"
    assert "draft/model.bin" in checkpoint.info.weights_sha256
    export(config, tmp_path / "out", Export(wants_draft="prompt"))
    assert Checkpoint.open(tmp_path / "out").info.wants_draft == "prompt"


def test_a_base_without_a_processor_gets_one_or_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_stage(tmp_path, "adapt", tmp_path, schedule=SCHEDULE)
    finish(config)
    assert asked_of(config, tmp_path / "model") == 0
    assert AutoProcessor.from_pretrained(tmp_path / "model").chat_template is not None
    file = tmp_path / "base" / "config.json"
    said = json.loads(file.read_text(encoding="utf-8"))
    said["uas"]["prompt_family"] = "audio-flamingo-3"
    file.write_text(json.dumps(said), encoding="utf-8")
    assert asked_of(config, tmp_path / "other") == 3
    assert "no chat template of the prompt family 'audio-flamingo-3'" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


class Broken(Exception):
    """What ends an export in the middle."""


def test_a_failed_export_leaves_the_old_folder(stages: Stages, tmp_path: Path) -> None:
    def fail() -> None:
        raise Broken

    target = tmp_path / "model"
    export(stages.configs["adapt"], target)
    before = {path.name: path.read_bytes() for path in target.iterdir() if path.is_file()}
    with pytest.raises(Broken):
        export(stages.configs["full"], target, Export(shard_bytes=1), Dying(9, fail))
    after = {path.name: path.read_bytes() for path in target.iterdir() if path.is_file()}
    assert before == after
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.slow
def test_a_killed_export_leaves_the_old_folder(
    stages: Stages, tmp_path: Path, environment: Mapping[str, str]
) -> None:
    target = tmp_path / "model"
    export(stages.configs["adapt"], target)
    dead = subprocess.run(  # noqa: S603 (our own script)
        [sys.executable, str(DYING), str(stages.configs["full"]), str(target), "9"],
        env={**environment, "PYTHONPATH": f"{environment['PYTHONPATH']}:{DYING.parent}"},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert dead.returncode == -signal.SIGKILL, dead.stderr
    assert Checkpoint.open(target).info.built_from["config"] == "adapt.yaml"


def asked_of(config: Path, folder: Path, *more: str) -> int:
    return main(["train", "export", str(config), str(folder), *more])


def test_the_command_takes_what_the_checkpoint_says(
    stages: Stages, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "model"
    given = ("--name", "uas-7b", "--licence", "CC0-1.0", "--languages", "en", "de", "--dtype",
             "float32", "--wants-draft", "none", "--shard-gb", "0.0001")  # fmt: skip
    assert asked_of(stages.configs["factors"], folder, *given) == 0
    assert '"name": "uas-7b"' in capsys.readouterr().out
    info = Checkpoint.open(folder).info
    assert (info.name, info.licence, info.languages) == ("uas-7b", "CC0-1.0", ("en", "de"))
    assert info.wants_draft == "none"
    assert (folder / INDEX_FILE).is_file()
    assert {tensor.dtype for tensor in read_tensors(folder).values()} == {torch.float32}
    assert asked_of(stages.configs["factors"], folder) == 0
    assert "the checkpoint says LicenseRef-unknown" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["train", "export", "--help"])
    assert "example:\n  uas train export" in capsys.readouterr().out


def changed(config: Path, target: Path, **values: object) -> Path:
    """A YAML with other values."""
    found = load_config(config).model_dump(mode="json", exclude_unset=True)
    target.mkdir(exist_ok=True)
    return write_stage(target, str(found.pop("stage")), Path(), **found | values)


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("adapt", {"output": "nowhere"}, "nowhere is no finished stage, it holds no final"),
        ("adapt", {"encoder": "nowhere"}, "nowhere is no finished stage, it holds no final"),
        ("adapt", {"base": "nowhere"}, "nowhere is no checkpoint: it has no config.json"),
        ("factors", {"lora_rank": 4}, "holds factors of rank 2 and the YAML says lora_rank 4"),
        ("factors", {"method": "full"}, "holds factors of rank 2 and the YAML asks for none"),
        ("full", {"method": "lora"}, "holds no low-rank factors and the YAML says lora_rank 16"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(
    stages: Stages,
    tmp_path: Path,
    kind: str,
    values: dict[str, object],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "base").mkdir()
    config = changed(stages.configs[kind], tmp_path, **values)
    assert asked_of(config, tmp_path / "model") == 3
    message = capsys.readouterr().err
    assert said in message
    assert message.count("\n") == 1
    assert not (tmp_path / "model").exists()


def test_tensors_of_another_base_are_refused(
    stages: Stages, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expanded = tmp_path / "expanded"
    export(stages.configs["align"], expanded)
    (tmp_path / "base").mkdir()
    config = changed(stages.configs["full"], tmp_path, base=str(expanded))
    assert asked_of(config, tmp_path / "model") == 3
    message = capsys.readouterr().err
    assert "has shape" in message
    assert "take the one it was trained on" in message


def test_nothing_is_replaced_that_must_stay(
    stages: Stages, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = stages.configs["adapt"]
    for folder in (stages.base, stages.folder / "adapt", stages.folder):
        assert asked_of(config, folder) == 3
        assert "which the stage is made of; name another folder" in capsys.readouterr().err
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "one.txt").write_text("Dear Ada,")
    assert asked_of(config, tmp_path / "letters") == 3
    assert "is there and is no checkpoint" in capsys.readouterr().err
    assert (tmp_path / "letters" / "one.txt").read_text() == "Dear Ada,"
