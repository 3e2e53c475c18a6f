"""Rules of one document, and what is mended."""

import pytest
from document_strategies import documents
from hypothesis import given, settings

from uas_schema.document import Event, Paralinguistics, UasDocument
from uas_schema.rules import MAX_LABEL, MAX_PHRASE, check, count_by_check, mend

ADULT = Paralinguistics(
    age="Adult", gender="Male", emotion="Fear", accent=None, prosody=None, timbre=None
)


def heard(*labels: str, continuous: tuple[str, ...] = ()) -> UasDocument:
    return UasDocument.no_voice(
        None,
        [Event(label=label, characteristic="") for label in labels],
        [Event(label=label, characteristic="") for label in continuous],
    )


def labels_of(document: UasDocument) -> list[list[str]]:
    events = document.non_linguistic_events
    return [[event.label for event in both] for both in
            (events.discrete_events, events.continuous_events)]  # fmt: skip


def test_a_sound_document_has_no_violations() -> None:
    document = heard("bell", continuous=("rain",)).replace(
        transcription="Hi", paralinguistics=ADULT
    )
    assert check(document) == []
    assert mend(document) == (document, [])


def test_labels_are_unique_over_both_lists_whatever_their_case() -> None:
    document = heard("bell", "Dog-Bark", "BELL", continuous=("rain", "dog bark"))
    violations = check(document)
    assert [violation.path for violation in violations] == [
        "nonLinguisticEvents.discreteEvents[2].label",
        "nonLinguisticEvents.continuousEvents[1].label",
    ]
    assert {violation.check for violation in violations} == {"label_repeated"}
    assert [violation.evidence for violation in violations] == ["BELL", "dog bark"]
    mended, done = mend(document)
    assert labels_of(mended) == [["bell", "Dog-Bark"], ["rain"]]
    assert done == violations


def test_an_empty_label_is_reported_and_dropped() -> None:
    document = heard("", "bell", " . ")
    assert count_by_check(check(document)) == {"label_empty": 2}
    assert labels_of(mend(document)[0]) == [["bell"], []]


def test_a_missing_closed_field_is_reported_but_not_guessed() -> None:
    document = UasDocument.no_voice().replace(
        transcription="Hi", paralinguistics=ADULT.replace(emotion=None)
    )
    (violation,) = check(document)
    assert violation.path == "paralinguistics.emotion"
    assert "Anger, Disgust" in violation.message
    assert mend(document) == (document, [])
    assert check(document, waived=("paralinguistics.emotion",)) == []


def test_a_voice_that_was_not_heard_is_mended_to_null() -> None:
    document = UasDocument.no_voice("Silence").replace(paralinguistics=ADULT)
    assert count_by_check(check(document)) == {"voice_field_without_voice": 3}
    assert mend(document)[0] == UasDocument.no_voice("Silence")


@pytest.mark.parametrize(
    ("text", "kept"),
    [("ab " * 300, ("ab " * 133).rstrip()), ("a" * 500, "a" * MAX_PHRASE)],
)
def test_a_long_text_is_cut_at_a_word(text: str, kept: str) -> None:
    document = UasDocument.no_voice(text)
    (violation,) = check(document)
    assert (violation.level, violation.check) == ("warning", "too_long")
    assert f"{len(text)} characters, at most {MAX_PHRASE}" in violation.message
    mended, done = mend(document)
    assert mended.non_linguistic_events.description == kept
    assert done == [violation]


def test_labels_that_are_equal_once_cut_are_one() -> None:
    mended, _ = mend(heard("a" * MAX_LABEL + "b", "a" * MAX_LABEL + "c"))
    assert labels_of(mended) == [["a" * MAX_LABEL], []]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(documents(max_events=8, max_size=2))
def test_what_is_mended_needs_no_more_mending(document: UasDocument) -> None:
    mended, done = mend(document)
    assert check(mended) == []
    assert bool(done) == (mended != document)
    assert mend(mended) == (mended, [])
