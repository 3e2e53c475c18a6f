"""The whole ablation on a random model: four arms, two seeds, killed on the way, and its table."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest
import torch
from dying_stage import Dying
from tests.training.ablation.conftest import write_ablation

from uas_cli.main import main
from uas_training import loop
from uas_training.ablation.config import AblationConfig, LearningChange, Run, load_ablation, runs_of
from uas_training.ablation.estimate import estimate_s
from uas_training.ablation.program import PAGE, PLOT, TABLE, estimate, run_ablation, wanted_runs
from uas_training.ablation.questions import load_questions
from uas_training.config import AnyConfig, ConfigError
from uas_training.evaluation.bench.progress import Progress, Silent
from uas_training.finished import load_final
from uas_training.loop import FINAL
from uas_training.run_stage import fingerprint, run_stage, stage_of

ItemT = TypeVar("ItemT")
PRECIOUS = (TABLE, PAGE, PLOT)


class KilledError(Exception):
    """What stands for a kill: nothing after it runs."""


def killed() -> None:
    raise KilledError


def dying_training(config: AnyConfig) -> Path:
    """Trains the start, and dies in the middle of the first run."""
    stage = stage_of(config)
    if config.stage != "adapt":
        stage = Dying(stage, 2, killed)
    loop.run(stage, config.schedule, seed=config.seed, output=config.output,
             fingerprint=fingerprint(config))  # fmt: skip
    return config.output


class Counting:
    """Trains, and counts how often."""

    def __init__(self) -> None:
        self.stages: list[str] = []

    def __call__(self, config: AnyConfig) -> Path:
        self.stages.append(config.output.parent.name)
        return run_stage(config)


class Watching:
    """A progress that remembers what it was over."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    def over(self, items: Sequence[ItemT], name: str) -> Iterator[ItemT]:
        for item in items:
            self.seen.append(item)
            yield item


def go_on(
    config: AblationConfig,
    runs: Sequence[Run] | None = None,
    train: Callable[[AnyConfig], Path] = run_stage,
    progress: Progress | None = None,
) -> None:
    """Do the runs, all that are left by default."""
    runs = wanted_runs(config) if runs is None else runs
    questions = load_questions(config)
    run_ablation(config, runs, questions, progress or Silent(), name="small.yaml", train=train)


def load(folder: Path, material: Path, **changes: object) -> AblationConfig:
    return load_ablation(write_ablation(folder, material, **changes))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, material: Path) -> AblationConfig:
    """A finished ablation."""
    config = load(tmp_path_factory.mktemp("whole"), material)
    go_on(config)
    return config


@pytest.mark.slow
def test_a_killed_ablation_goes_on_to_the_same_table(
    tmp_path: Path, material: Path, whole: AblationConfig
) -> None:
    config = load(tmp_path, material)
    with pytest.raises(KilledError):
        go_on(config, train=dying_training)
    first = config.output / "runs" / "asr-1"
    assert not (first / "stage" / FINAL).exists()
    # Another kill, in the middle of a line of answers of the first run.
    go_on(config, wanted_runs(config, most=1))
    answers = first / "perception.jsonl"
    text = answers.read_text(encoding="utf-8")
    answers.write_text(text[: len(text) // 2], encoding="utf-8")
    (first / "result.json").unlink()
    assert len(wanted_runs(config)) == len(runs_of(config))
    training, watching = Counting(), Watching()
    go_on(config, train=training, progress=watching)
    assert watching.seen == runs_of(config)
    assert "asr-1" not in training.stages
    for name in PRECIOUS:
        assert (config.output / name).read_bytes() == (whole.output / name).read_bytes(), name


@pytest.mark.slow
def test_the_table_has_every_arm_seed_and_interval(whole: AblationConfig) -> None:
    report = json.loads((whole.output / TABLE).read_text(encoding="utf-8"))
    assert list(report["arms"]) == ["asr", "uas", "qa", "uas+qa"]
    assert report["missing"] == []
    assert len(report["gains"]) == 6
    for arm, row in report["arms"].items():
        figure = row["figures"]["perception"]
        assert list(figure["seeds"]) == ["1", "2"]
        assert figure["over_seeds"] is not None
        low, high = figure["over_speakers"]
        assert 0 <= low <= high <= 1
        assert any(name.startswith("documents") for name in row["figures"]) is ("uas" in arm)
        fields = [f["n"] for name, f in row["figures"].items() if name.startswith("documents, ")]
        assert not fields or row["figures"]["documents"]["n"] == sum(fields)
        assert not any("transcription" in name for name in row["figures"])
    page = (whole.output / PAGE).read_text(encoding="utf-8")
    assert "not testable at this size" in page or any(
        testable for name, testable in report["testable"].items() if name != "perception"
    )
    assert page.count("| uas+qa |") >= 3
    assert (whole.output / PLOT).read_text(encoding="utf-8").lstrip().startswith("<?xml")


@pytest.mark.slow
def test_arms_of_a_seed_hear_the_same_clips_and_differ_in_answers(whole: AblationConfig) -> None:
    report = json.loads((whole.output / TABLE).read_text(encoding="utf-8"))
    tokens = {arm: row["answer_tokens"] for arm, row in report["arms"].items()}
    assert tokens["qa"] < tokens["asr"] < tokens["uas+qa"] < tokens["uas"]
    steps = {
        json.loads(line).get("step")
        for log in (whole.output / "runs").glob("*/stage/log.jsonl")
        for line in log.read_text(encoding="utf-8").splitlines()[-1:]
    }
    assert len(steps) == 1
    assert len(list((whole.output / "clips").glob("*/train.jsonl"))) == 2


@pytest.mark.slow
def test_nothing_is_run_twice_and_arms_can_be_chosen(
    whole: AblationConfig, tmp_path: Path, material: Path
) -> None:
    training = Counting()
    before = (whole.output / TABLE).read_bytes()
    go_on(whole, train=training)
    assert training.stages == []
    assert (whole.output / TABLE).read_bytes() == before
    config = load(tmp_path, material)
    assert [run.name for run in wanted_runs(config, ["qa"])] == ["qa-1", "qa-2"]
    assert [run.name for run in wanted_runs(config, most=3)] == ["asr-1", "uas-1", "qa-1"]
    with pytest.raises(ConfigError, match="no arm 'uaz': did you mean 'uas'"):
        wanted_runs(config, ["uaz"])


@pytest.mark.slow
def test_another_ablation_does_not_mix_with_a_finished_one(whole: AblationConfig) -> None:
    other = whole.model_copy(update={"samples": 6})
    with pytest.raises(ConfigError, match="another 'samples'"):
        go_on(other, [])
    more = whole.model_copy(update={"seeds": (1, 2, 3)})
    assert [run.seed for run in wanted_runs(more)] == [3, 3, 3, 3]


@pytest.mark.slow
def test_an_arm_that_moves_all_weights_is_added_to_a_finished_ablation(
    tmp_path: Path, material: Path
) -> None:
    asked = {"question": 1.0}
    config = load(tmp_path, material, arms={"qa": asked}, seeds=[1])
    go_on(config)
    more = config.model_copy(
        update={
            "arms": {"qa": asked, "full": asked},
            "learning_of": {"full": LearningChange(method="full", full_rate=1e-4)},
        }
    )
    training = Counting()
    go_on(more, train=training)
    assert training.stages == ["full-1"]
    report = json.loads((more.output / TABLE).read_text(encoding="utf-8"))
    assert list(report["arms"]) == ["qa", "full"]
    low_rank, full = (
        load_final(more.output / "runs" / run.name / "stage") for run in runs_of(more)
    )
    assert sum(map(torch.numel, full.values())) > sum(map(torch.numel, low_rank.values()))


@pytest.mark.slow
def test_an_arm_after_another_goes_on_from_its_weights(tmp_path: Path, material: Path) -> None:
    config = load(
        tmp_path, material, seeds=[1],
        arms={"qa": {"question": 1.0}, "uas": {"plain": 1.0}, "uas-then-qa": {"question": 1.0}},
        learning_of={"uas-then-qa": {"after": "uas"}},
    )  # fmt: skip
    chosen = wanted_runs(config, ["uas-then-qa"])
    assert [run.name for run in chosen] == ["uas-1", "uas-then-qa-1"]
    training = Counting()
    go_on(config, train=training)
    assert training.stages == ["start", "qa-1", "uas-1", "uas-then-qa-1"]
    report = json.loads((config.output / TABLE).read_text(encoding="utf-8"))
    tokens = {arm: row["answer_tokens"] for arm, row in report["arms"].items()}
    assert tokens["uas-then-qa"] == pytest.approx(tokens["uas"] + tokens["qa"])
    page = (config.output / PAGE).read_text(encoding="utf-8")
    assert "`uas-then-qa` goes on from the runs of `uas`" in page
    first, then, alone = (
        load_final(config.output / "runs" / name / "stage")
        for name in ("uas-1", "uas-then-qa-1", "qa-1")
    )
    assert _distance(then, first) < _distance(then, alone)
    # Answers are there, but the weights that the arm went on from are not: they are made again.
    for name in ("uas-1", "uas-then-qa-1"):
        (config.output / "runs" / name / "stage" / FINAL).unlink()
    (config.output / "runs" / "uas-then-qa-1" / "result.json").unlink()
    go_on(config, train=training)
    assert training.stages[4:] == ["uas-1", "uas-then-qa-1"]


def _distance(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    assert one.keys() == other.keys()
    return sum(float((one[name] - other[name]).square().sum()) for name in one)


def test_texts_that_are_missing_are_named_before_anything_is_run(
    tmp_path: Path, material: Path
) -> None:
    text = {"text": {"manifests": [str(tmp_path / "texts.jsonl")]}}
    config = load(tmp_path, material, learning_of={"uas+qa": text})
    training = Counting()
    with pytest.raises(ConfigError, match=r"texts\.jsonl do not exist"):
        go_on(config, train=training)
    assert training.stages == []
    assert not config.output.exists()


@pytest.mark.slow
def test_timed_runs_take_the_place_of_the_pace(whole: AblationConfig) -> None:
    questions = load_questions(whole)
    timed = sum(
        json.loads(path.read_text(encoding="utf-8"))["seconds"]
        for path in whole.output.glob("runs/*-2/result.json")
    )
    third = [Run(arm, 3) for arm in whole.arms]
    assert estimate_s(whole, third, questions) == pytest.approx(timed)


def test_the_estimate_is_by_the_pace_of_the_file(tmp_path: Path, material: Path) -> None:
    config = load(tmp_path, material)
    questions = load_questions(config)
    said = estimate(config, wanted_runs(config), questions)
    assert said.startswith("8 of 8 runs to do: about 0.0 h")


def test_the_command_says_how_long_before_anything_is_written(
    tmp_path: Path, material: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_ablation(tmp_path, material)
    assert main(["train", "ablation", str(path), "--estimate", "--arm", "qa", "uas"]) == 0
    assert "4 of 8 runs to do" in capsys.readouterr().err
    assert not (tmp_path / "ablation").exists()
