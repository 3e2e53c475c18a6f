"""Text without a sound: files, what is held out, and a stage that learns it beside clips."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.training.test_stages import Interrupted, Stopping
from toy_training import write_clips, write_stage

from uas_training import loop
from uas_training.checkpoints import load_tensors
from uas_training.config import ConfigError, TextConfig, TuneConfig, load_config
from uas_training.data.sequences import Writer
from uas_training.data.texts import (
    MOST_HELD_OUT,
    Text,
    TextMix,
    is_held_out,
    read_texts,
    text_mix,
)
from uas_training.loop import FINAL
from uas_training.plan.cost import Batch, batch_cost, logits_bytes
from uas_training.plan.program import Machines, plan
from uas_training.plan.shapes import read_shapes
from uas_training.run_stage import fingerprint, run_stage, stage_of
from uas_training.stages.language import LanguageStage

TEXTS = [Text(prompt=f"What is {number}?", completion=f"It is {number}.") for number in range(60)]
SCHEDULE = {
    "epochs": 1, "batch_seconds": 2.0, "bf16": False, "threads": 1, "checkpoint_minutes": 0.0,
}  # fmt: skip


def write_texts(folder: Path, texts: list[Text]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "texts.jsonl"
    path.write_text("".join(text.to_json() + "\n" for text in texts), encoding="utf-8")
    return path


def tune_config(folder: Path, **values: object) -> TuneConfig:
    manifest = write_clips(folder / "clips", 12)
    config = load_config(
        write_stage(folder, "tune", manifest, lora_rank=2, schedule=SCHEDULE, **values)
    )
    assert isinstance(config, TuneConfig)
    return config


def stage(config: TuneConfig) -> LanguageStage:
    built = stage_of(config)
    assert isinstance(built, LanguageStage)
    return built


@given(st.lists(st.builds(Text, prompt=st.text(min_size=1), completion=st.text(min_size=1))))
def test_texts_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, texts: list[Text]
) -> None:
    path = write_texts(tmp_path_factory.mktemp("texts"), texts)
    assert read_texts([path, path]) == texts * 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"texts\.jsonl, line 2: "),
        ('{"prompt": "Hi"}', r"line 2: completion"),
        ('{"prompt": "Hi", "completion": ""}', r"line 2: .*completion"),
        ('{"promt": "Hi", "completion": "Ho"}', r"line 2: .*did you mean 'prompt'"),
    ],
)
def test_a_line_that_is_no_text_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = write_texts(tmp_path, TEXTS[:1])
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        read_texts([path])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no\.jsonl do not exist; `uas train replies`"):
        read_texts([tmp_path / "no.jsonl"])


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"a\.jsonl: cannot be read as UTF-8"):
        read_texts([tmp_path / "a.jsonl"])


def mix_of(writer: Writer, texts: list[Text], **values: object) -> TextMix:
    return text_mix(texts, TextConfig.model_validate({"manifests": ["a.jsonl"]} | values), writer)


def test_one_in_twenty_is_held_out_and_long_ones_are_left_out(writer: Writer) -> None:
    long = Text(prompt="Tell me all.", completion="So much. " * 60)
    mix = mix_of(writer, [*TEXTS, long], share=1.0)
    held_out = [text for text in TEXTS if is_held_out(text)]
    assert 0 < len(held_out) < len(TEXTS) / 4
    assert mix.held_out() == [writer.text(t.prompt, t.completion, 0.5) for t in held_out]
    drawn = mix.draw(2000, np.random.default_rng(0))
    assert len(drawn) == 2000
    assert len({sequence.branches for sequence in drawn}) == len(TEXTS) - len(held_out)
    with pytest.raises(ConfigError, match="no text of at most 8 tokens"):
        mix_of(writer, TEXTS, longest_tokens=8)


def test_no_more_are_held_out_than_an_evaluation_takes(writer: Writer) -> None:
    many = [Text(prompt=f"{number}?", completion="Yes.") for number in range(25 * MOST_HELD_OUT)]
    assert len(mix_of(writer, many).held_out()) == MOST_HELD_OUT < sum(map(is_held_out, many))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_as_many_are_drawn_as_the_share_says(writer: Writer, share: float) -> None:
    mix, rng = mix_of(writer, TEXTS, share=share), np.random.default_rng(1)
    counts = [len(mix.draw(8, rng)) for _ in range(300)]
    assert max(counts) <= 8
    assert sum(counts) / 2400 == pytest.approx(share, abs=0.03)


def test_checkpoints_from_before_there_were_texts_can_be_gone_on_from(tmp_path: Path) -> None:
    config = tune_config(tmp_path)
    younger = {"method", "full_rate", "row_rate", "text"}  # than checkpoints that are about
    old = config.model_dump_json(exclude={"output", "run", *younger})
    assert fingerprint(config) == hashlib.sha256(old.encode()).hexdigest()
    other = config.model_copy(update={"text": TextConfig(manifests=(Path("a"),))})
    assert fingerprint(config) != fingerprint(other)


def test_the_loss_of_held_out_texts_falls_where_texts_are_learned(tmp_path: Path) -> None:
    path = write_texts(tmp_path / "texts", TEXTS)
    text = {"manifests": [str(path)], "share": 1.0, "weight": 4.0}
    config = tune_config(tmp_path, text=text, lora_rate=1e-2)
    before = stage(config).evaluate()["text loss"]
    run_stage(config)
    trained = stage(config)
    trained.model.load_state_dict(load_tensors(config.output / FINAL)[0], strict=False)
    assert trained.evaluate()["text loss"] < 0.9 * before


def test_a_stage_with_texts_that_was_stopped_ends_as_one_that_was_not(tmp_path: Path) -> None:
    path = write_texts(tmp_path / "texts", TEXTS)
    config = tune_config(tmp_path, text={"manifests": [str(path)], "share": 0.5})
    schedule = config.schedule.model_copy(update={"batch_seconds": 1.0})
    config = config.model_copy(update={"schedule": schedule})

    def train(stage: object, output: Path) -> dict[str, torch.Tensor]:
        return loop.run(stage, schedule, seed=1, output=output, fingerprint="test")

    whole = train(stage(config), tmp_path / "whole")
    with pytest.raises(Interrupted):
        train(Stopping(stage(config), after=3), tmp_path / "broken")
    resumed = train(stage(config), tmp_path / "broken")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_texts_are_rows_of_their_own_beside_the_clips(tmp_path: Path) -> None:
    path = write_texts(tmp_path / "texts", TEXTS)
    with_texts = stage(
        tune_config(tmp_path, text={"manifests": [str(path)], "share": 1.0, "weight": 9.0})
    )
    plain = stage(tune_config(tmp_path))
    figures = [one.loss([0, 1, 2], np.random.default_rng(4)) for one in (with_texts, plain)]
    assert figures[0][1]["tokens"] == 2 * figures[1][1]["tokens"]
    assert figures[0][1]["closed"] == pytest.approx(figures[1][1]["closed"])
    assert float(figures[0][0].detach()) != pytest.approx(float(figures[1][0].detach()))


def test_a_plan_reads_the_texts(tmp_path: Path) -> None:
    path = write_texts(tmp_path / "texts", TEXTS)
    tune_config(tmp_path, text={"manifests": [str(path)]})
    machines = Machines(1, None, 100.0)
    report = plan(tmp_path / "tune.yaml", machines, hours=None, shapes=None)
    assert report["data"]["texts"] == len(TEXTS)
    tune_config(tmp_path)
    plain = plan(tmp_path / "tune.yaml", machines, hours=None, shapes=None)
    assert report["memory_gib"]["total"] > plain["memory_gib"]["total"]
    assert report["time"]["tflop_per_step"] >= plain["time"]["tflop_per_step"]
    tune_config(tmp_path, text={"manifests": [str(path)]})
    path.unlink()
    with pytest.raises(ConfigError, match=r"texts\.jsonl do not exist"):
        plan(tmp_path / "tune.yaml", machines, hours=None, shapes=None)


def test_a_plan_counts_texts(tmp_path: Path) -> None:
    plain = tune_config(tmp_path)
    text = TextConfig(manifests=(Path("a.jsonl"),), share=0.5, longest_tokens=100)
    more = plain.model_copy(update={"text": text})
    shapes, _ = read_shapes(plain, tmp_path / "tune.yaml", None)
    batch, alone = Batch(100, 0.5, 40, 30, texts=65), Batch(100, 0.5, 40, 30)
    assert logits_bytes(shapes, more, batch) / logits_bytes(shapes, plain, alone) == pytest.approx(
        (100 * 30 + 65 * 100) / (100 * 30)
    )
    saved = batch_cost(shapes, more, batch).saved
    plainly = batch_cost(shapes, plain, alone).saved
    longer = text.model_copy(update={"longest_tokens": 200})
    far_more = plain.model_copy(update={"text": longer})
    assert batch_cost(shapes, far_more, batch).saved > 1.5 * saved > 1.5 * 1.5 * plainly
