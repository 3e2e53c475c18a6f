"""Text without a sound: files, what is held out, and a stage that learns it beside clips."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_training import write_clips, write_stage

from uas_training.checkpoints import load_tensors
from uas_training.config import ConfigError, TextConfig, TuneConfig, load_config
from uas_training.data.sequences import Branch, ClipSequence, Writer
from uas_training.data.texts import Text, TextMix, is_held_out, read_texts, text_mix
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


def test_one_in_twenty_is_held_out_and_long_ones_are_left_out(
    tmp_path: Path, writer: Writer
) -> None:
    long = Text(prompt="Tell me all.", completion="So much. " * 60)
    path = write_texts(tmp_path, [*TEXTS, long])
    mix = text_mix(TextConfig(manifests=(path,), share=1.0), writer)
    held_out = [text for text in TEXTS if is_held_out(text)]
    assert 0 < len(held_out) < len(TEXTS) / 4
    assert len(mix.held_out) == len(held_out)
    assert len(mix.training) == len(TEXTS) - len(held_out)
    with pytest.raises(ConfigError, match="no text of at most 8 tokens"):
        text_mix(TextConfig(manifests=(path,), longest_tokens=8), writer)


@given(st.integers(0, 40), st.floats(0.01, 1), st.integers(0, 2**32))
def test_as_many_are_drawn_as_the_share_says(clips: int, share: float, seed: int) -> None:
    known = [ClipSequence((n,), (Branch((n,), (1.0,)),)) for n in range(5)]
    drawn = TextMix(known, (), share).draw(clips, np.random.default_rng(seed))
    assert len(drawn) <= clips
    assert all(one in known for one in drawn)
    if share == 1:
        assert len(drawn) == clips


def test_without_texts_a_stage_learns_what_it_did_before(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    state = rng.bit_generator.state
    assert TextMix().draw(8, rng) == []
    assert rng.bit_generator.state == state
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


def test_texts_are_rows_of_their_own_beside_the_clips(tmp_path: Path) -> None:
    path = write_texts(tmp_path / "texts", TEXTS)
    with_texts = stage(tune_config(tmp_path, text={"manifests": [str(path)], "share": 1.0}))
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
    path.unlink()
    with pytest.raises(ConfigError, match=r"texts\.jsonl do not exist"):
        plan(tmp_path / "tune.yaml", machines, hours=None, shapes=None)


def test_a_plan_counts_texts(tmp_path: Path) -> None:
    path = write_texts(tmp_path / "texts", TEXTS)
    plain = tune_config(tmp_path)
    more = plain.model_copy(update={"text": TextConfig(manifests=(path,), share=0.5)})
    shapes, _ = read_shapes(plain, tmp_path / "tune.yaml", None)
    batch = Batch(8, 0.5, 40, 30)
    assert logits_bytes(shapes, more, batch) == logits_bytes(shapes, plain, batch) * (
        (8 * 30 + 4 * 256) / (8 * 30)
    )
    assert batch_cost(shapes, more, batch).saved > 1.2 * batch_cost(shapes, plain, batch).saved
