"""`uas eval bench` from a published file to the report, with a model that is made up."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.training.bench.conftest import FILES, Scripted

from uas_training.config import ConfigError
from uas_training.evaluation.bench.catalogue import benchmark_named
from uas_training.evaluation.bench.options import BenchOptions, CheckpointModel
from uas_training.evaluation.bench.program import chosen, run_bench, score_file, words_of
from uas_training.evaluation.bench.progress import Silent
from uas_training.evaluation.bench.questions import read_questions
from uas_training.evaluation.bench.replies import GIVE_UP_AFTER, ask_all, read_replies

Published = Callable[[str], Path]
ALL = BenchOptions()
HEARD = BenchOptions(conditions=("heard",))


def right_answers(path: Path, name: str) -> Callable[[Sequence[str]], str]:
    """Knows every answer by its set of choices."""
    questions = read_questions(path, benchmark_named(name), None).questions
    answers = {frozenset(q.choices): q.answer for q in questions}
    return lambda choices: answers[frozenset(choices)]


@pytest.mark.parametrize("name", FILES)
def test_a_model_that_knows_everything(published: Published, tmp_path: Path, name: str) -> None:
    path, output = published(name), tmp_path / "out"
    model = Scripted(right_answers(path, name))
    asked = words_of(CheckpointModel(checkpoint=Path("models/tiny"), threads=4))
    report = run_bench(name, path, model, ALL, output=output, progress=Silent(), asked=asked)
    assert report["command"] == (
        f"uas eval bench {name} {path.name} --model tiny --threads 4 --output out"
    )
    for figures in report["conditions"].values():
        for rule, found in figures["rules"].items():
            # The word rule cannot tell choices apart that share no word of their own.
            assert found["micro"]["value"] == 1, rule
    assert report["same_choice_when_shuffled"] == 1
    assert json.loads((output / "report.json").read_text(encoding="utf-8")) == report
    page = (output / "report.md").read_text(encoding="utf-8")
    assert "| heard |" in page
    assert "| mean of the groups | 100.0 % |" in page
    assert (output / "report.svg").read_text(encoding="utf-8").startswith("<?xml")
    # The entries that are written for the official script give the same figures.
    again = score_file(name, output / f"predictions{path.suffix}")
    assert again["rules"] == report["conditions"]["heard"]["rules"]


def test_letters_are_read_in_the_order_that_was_shown(published: Published, tmp_path: Path) -> None:
    path = published("mmsu")
    right = right_answers(path, "mmsu")
    model = Scripted(lambda choices: "ABCD"[list(choices).index(right(choices))], "letter")
    report = run_bench("mmsu", path, model, ALL, output=tmp_path / "out", progress=Silent())
    assert report["conditions"]["shuffled-choices"]["rules"]["official"]["micro"]["value"] == 1
    assert report["same_choice_when_shuffled"] == 1
    always_first = Scripted(lambda _: "A", "letter")
    report = run_bench("mmsu", path, always_first, ALL, output=tmp_path / "a", progress=Silent())
    assert report["same_choice_when_shuffled"] < 1


def test_a_text_that_is_no_choice_is_not_read_as_a_letter(
    published: Published, tmp_path: Path
) -> None:
    model = Scripted(lambda _: "Dogs")  # begins with a letter that MMSU's rule reads
    report = run_bench(
        "mmsu", published("mmsu"), model, HEARD, output=tmp_path / "out", progress=Silent()
    )
    official = report["conditions"]["heard"]["rules"]["official"]
    assert (official["micro"]["n"], official["micro"]["right"]) == (4, 0)


def test_what_is_played(published: Published, tmp_path: Path) -> None:
    model = Scripted(lambda choices: choices[0])
    options = BenchOptions(longest_s=0.75)
    report = run_bench(
        "mmau-pro", published("mmau-pro"), model, options, output=tmp_path, progress=Silent()
    )
    assert list(report["conditions"]) == ["heard", "shuffled-choices", "no-audio", "noise"]
    heard, no_audio, noise = model.heard[:3], model.heard[6:9], model.heard[9:]
    lengths = [len(samples) for samples in heard if samples is not None]
    assert lengths == [8000, 12000, 8000]  # the second has two clips, cut
    assert no_audio == [None] * 3
    for own, replaced in zip(heard, noise, strict=True):
        assert own is not None
        assert replaced is not None
        assert own.shape == replaced.shape
        assert np.std(own) == pytest.approx(np.std(replaced), rel=0.05)
        assert abs(np.corrcoef(own, replaced)[0, 1]) < 0.05


def test_failures_are_counted_by_each_rule_and_tried_again(
    published: Published, tmp_path: Path
) -> None:
    path, output = published("mmau"), tmp_path / "out"
    right = right_answers(path, "mmau")
    model = Scripted(lambda choices: None if len(choices) == 8 else right(choices))
    report = run_bench("mmau", path, model, HEARD, output=output, progress=Silent())
    figures = report["conditions"]["heard"]
    assert figures["failed"] == 1
    assert (figures["rules"]["official"]["micro"]["n"], figures["rules"]["official"]["left"]) == (
        3,
        1,
    )
    assert (figures["rules"]["uas"]["micro"]["n"], figures["rules"]["uas"]["micro"]["right"]) == (
        4,
        3,
    )
    assert [r.error for r in read_replies(output / "heard.jsonl") if r.error] == ["HTTP 500"]
    mended = Scripted(right)
    report = run_bench("mmau", path, mended, HEARD, output=output, progress=Silent())
    assert len(mended.heard) == 1
    assert report["conditions"]["heard"]["failed"] == 0


def test_a_broken_clip_fails_alone(published: Published, tmp_path: Path) -> None:
    path = published("mmau")
    (tmp_path / "test-mini-audios" / "tone_1.wav").write_bytes(b"no sound")
    model = Scripted(lambda choices: choices[0])
    report = run_bench("mmau", path, model, HEARD, output=tmp_path / "out", progress=Silent())
    assert report["conditions"]["heard"]["failed"] == 1
    replies = read_replies(tmp_path / "out" / "heard.jsonl")
    assert [r.error for r in replies if r.error] == ["unsupported_media_type"]


def test_a_cut_run_goes_on_and_other_models_are_asked_anew(
    published: Published, tmp_path: Path
) -> None:
    questions = read_questions(published("mmar"), benchmark_named("mmar"), None).questions
    path = tmp_path / "heard.jsonl"

    def run(model: Scripted, count: int) -> None:
        ask_all(model, questions[:count], "heard", HEARD, path=path, progress=Silent())

    run(Scripted(lambda choices: choices[0]), 2)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"id": "cut by a ki')
    later = Scripted(lambda choices: choices[1])
    run(later, 4)
    run(later, 4)
    assert len(later.heard) == 2
    other = Scripted(lambda choices: choices[0])
    other.name = "other"
    run(other, 4)
    assert len(other.heard) == 4


def test_a_model_that_never_answers_ends_the_run(published: Published, tmp_path: Path) -> None:
    one = read_questions(published("mmar"), benchmark_named("mmar"), None).questions[0]
    questions = [one] * (GIVE_UP_AFTER + 5)
    model = Scripted(lambda _: None)
    path = tmp_path / "heard.jsonl"
    with pytest.raises(ConfigError, match=r"20 questions in a row .*HTTP 500"):
        ask_all(model, questions, "heard", HEARD, path=path, progress=Silent())
    assert len(model.heard) == GIVE_UP_AFTER


def test_a_limit_takes_a_part_of_what_a_larger_one_takes(published: Published) -> None:
    questions = read_questions(published("mmar"), benchmark_named("mmar"), None).questions
    two, three = chosen(questions, 2), chosen(questions, 3)
    assert {q.id for q in two} < {q.id for q in three}
    assert chosen(questions, None) == list(questions)
