"""Agreement of free text: over all samples, by the reward's measure, beside the commonest text."""

from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.training.conftest import voiced_record

from uas_schema.document import UasDocument
from uas_schema.records import Record
from uas_training.evaluation.free_text import free_text_agreement
from uas_training.evaluation.items import Item
from uas_training.evaluation.pairs import Pair, pair_up
from uas_training.rewards.free_text import free_text
from uas_training.rewards.task import Reply, Task

SILENCE = UasDocument.no_voice(description="Silence")
BELL = UasDocument.no_voice(description="Bell, no speech")
SPOKEN = voiced_record()
RECORDS = [
    *(voiced_record(number) for number in range(5)),
    voiced_record(5, document=SILENCE, speaker=None, qa=(), corpus="silence"),
]
TRUTHS = [record.document.canonical() for record in RECORDS]


def changed(record: Record, **changes: str | None) -> str:
    """The record's document with other values of a voice."""
    voice = record.document.paralinguistics.replace(**changes)
    return record.document.replace(paralinguistics=voice).canonical()


def pairs_of(records: list[Record], texts: list[str]) -> list[Pair]:
    items = [Item(record.id, text) for record, text in zip(records, texts, strict=True)]
    return pair_up(records, items)


def test_the_truth_agrees_in_every_field_that_is_known() -> None:
    found = free_text_agreement(pairs_of(RECORDS, TRUTHS), 0)
    assert found["prosody"] is None
    for name, clips in (("accent", 5), ("timbre", 5), ("description", 6)):
        score = found[name]
        assert score is not None
        assert (score["n"], score["value"], score["low"], score["high"]) == (clips, 1, 1, 1)


def test_levels_and_words_are_counted_and_an_invalid_document_is_nothing() -> None:
    texts = [changed(record, timbre="bright, clear") for record in RECORDS[:5]] + [TRUTHS[5]]
    texts[0] = texts[0][:50]
    texts[1] = changed(RECORDS[1], accent="Scottish English", timbre=None)
    found = free_text_agreement(pairs_of(RECORDS, texts), 0)
    assert found["timbre"] is not None
    assert found["timbre"]["value"] == pytest.approx((0 + 0 + 3 * 0.5) / 5)
    assert found["accent"] is not None
    assert found["accent"]["value"] == pytest.approx((0 + 0.5 + 3) / 5)
    assert found["accent"]["low"] < found["accent"]["value"] < found["accent"]["high"]


def test_a_document_wrong_about_the_voice_agrees_in_nothing() -> None:
    denied = [SILENCE.canonical(), *TRUTHS[1:5], TRUTHS[0]]
    denied[5] = SPOKEN.document.replace(
        non_linguistic_events=SILENCE.non_linguistic_events
    ).canonical()  # the right description, of a clip in which nobody speaks
    found = free_text_agreement(pairs_of(RECORDS, denied), 0)
    assert found["description"] is not None
    assert found["description"]["value"] == pytest.approx(4 / 6)


def test_the_control_is_what_the_commonest_text_would_get() -> None:
    records = [
        *RECORDS,
        voiced_record(6, document=BELL, speaker=None, qa=(), corpus="sounds"),
    ]
    found = free_text_agreement(pairs_of(records, [""] * 7), 0)
    assert found["description"] is not None
    # "Speech with rain in the background" shares no word with "Silence" and "Bell, no speech" one.
    assert found["description"]["majority"] == pytest.approx((5 + 0 + 2 / 9) / 7)
    assert found["description"]["value"] == 0


def test_a_null_that_is_known_is_a_value_too() -> None:
    records = [
        voiced_record(n, document=UasDocument.parse(changed(SPOKEN, accent=None))) for n in range(2)
    ]
    found = free_text_agreement(pairs_of(records, [records[0].document.canonical(), TRUTHS[0]]), 0)
    assert found["accent"] is not None
    assert (found["accent"]["value"], found["accent"]["majority"]) == (0.5, 1.0)


@settings(deadline=None, max_examples=30)
@given(picks=st.lists(st.sampled_from([*TRUTHS, "?", BELL.canonical()]), min_size=6, max_size=6))
def test_one_field_for_one_clip_is_what_the_reward_pays(picks: list[str]) -> None:
    for pair in pairs_of(RECORDS, picks):
        found = free_text_agreement([pair], 0)
        values = [score["value"] for score in found.values() if score]
        assert free_text(Reply.read(pair.item.text), Task(pair.record)) == fmean(values)
