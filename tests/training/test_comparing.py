"""Two runs against each other: paired, by figure, over what both heard."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.training.conftest import voiced_record

from uas_schema.document import UasDocument
from uas_schema.records import write_records
from uas_training.config import ConfigError
from uas_training.evaluation.comparing import HEARD, REWARD, compare, difference_of_hits
from uas_training.evaluation.items import Item
from uas_training.evaluation.metrics import document_metrics, question_metrics
from uas_training.evaluation.pairs import Pair, pair_up
from uas_training.evaluation.program import run_comparison

SILENCE = UasDocument.no_voice(description="Silence")
RECORDS = [
    *(voiced_record(number) for number in range(6)),
    voiced_record(6, document=SILENCE, speaker=None, qa=(), corpus="silence"),
]
TRUTHS = [record.document.canonical() for record in RECORDS]


def pairs_of(texts: list[str], *, asked: bool = True) -> list[Pair]:
    items = [
        Item(record.id, text, answers=tuple(q.answer for q in record.qa) if asked else ())
        for record, text in zip(RECORDS, texts, strict=True)
    ]
    return pair_up(RECORDS, items)


def test_a_gain_is_paired_by_question() -> None:
    gain = difference_of_hits([1.0, 1.0, 0.0, 1.0], [0.0, 1.0, 0.0, 0.0], ["a", "a", "b", "b"])
    assert gain["value"] == pytest.approx(0.5)
    assert (gain["run"], gain["base"]) == (0.75, 0.25)
    assert gain["low"] <= 0.5 <= gain["high"]


def test_a_run_differs_from_itself_in_nothing() -> None:
    found = compare(pairs_of(TRUTHS), pairs_of(TRUTHS))
    assert {"valid", "voice", "gender", "emotion", "events, F1", "WER, en", HEARD} <= set(found)
    assert all(d["value"] == d["low"] == d["high"] == 0 for d in found.values())


def test_a_run_of_nonsense_loses_every_figure_to_the_truth() -> None:
    found = compare(pairs_of(["?"] * len(RECORDS)), pairs_of(TRUTHS))
    assert found["valid"]["value"] == found["voice"]["value"] == found["emotion"]["value"] == -1
    assert found["WER, en"]["value"] == 1
    assert found["free text, accent"]["value"] == found["free text, description"]["value"] == -1
    assert (found["free text, accent"]["n"], found["free text, description"]["n"]) == (6, 7)
    assert "free text, prosody" not in found
    assert found["events, F1"]["base"] == 1
    assert (found[REWARD]["run"], found[REWARD]["base"]) == (0, 1)


@settings(deadline=None, max_examples=25)
@given(picks=st.lists(st.integers(0, len(TRUTHS)), min_size=7, max_size=7))
def test_both_sides_are_the_figures_of_the_runs(picks: list[int]) -> None:
    pairs = pairs_of([[*TRUTHS, "?"][pick] for pick in picks])
    found, figures = compare(pairs, pairs_of(TRUTHS)), document_metrics(pairs)
    assert found["valid"]["run"] == figures["valid"]
    assert found["emotion"]["run"] == figures["closed"]["emotion"]["value"]
    assert found["events, F1"]["run"] == figures["events"]["f1"]
    assert found["free text, description"]["run"] == figures["free_text"]["description"]["value"]
    assert found["WER, en"]["run"] == figures["transcript"]["en"]["wer"]
    assert found[HEARD]["run"] == question_metrics(pairs)["heard"]["value"]
    assert all(d["value"] == pytest.approx(d["run"] - d["base"]) for d in found.values())


def test_only_what_both_runs_hold_is_compared() -> None:
    unasked = compare(pairs_of(TRUTHS, asked=False), pairs_of(TRUTHS))
    assert HEARD not in unasked
    undescribed = compare(pairs_of([""] * len(RECORDS)), pairs_of(TRUTHS))
    assert set(undescribed) == {HEARD}
    half = compare(pairs_of(TRUTHS)[:3], pairs_of(TRUTHS)[1:])
    assert half["valid"]["n"] == 2


def test_runs_without_a_shared_clip_are_refused(tmp_path: Path) -> None:
    write_records(tmp_path / "dev.jsonl", RECORDS)
    with pytest.raises(ConfigError, match="no documents or answers of the same clips"):
        run_comparison(*(tmp_path / name for name in ("dev.jsonl", "one", "other", "out")))
