"""Windows join to one document that keeps every rule, whatever they hold."""

import pytest
from document_strategies import documents
from hypothesis import given, settings
from hypothesis import strategies as st

from uas_schema.document import Event, Paralinguistics, UasDocument
from uas_schema.rules import check, mend
from uas_server.service.envelope import Confidence
from uas_server.service.merge import Window, merge_confidence, merge_documents

mended = documents(max_events=2, max_size=2).map(lambda document: mend(document)[0])
few = settings(max_examples=50)
windows = st.lists(st.builds(Window, mended, st.floats(0, 30)), min_size=1, max_size=4)


def spoken(text: str, speech_s: float = 1.0, **fields: str) -> Window:
    """A window in which an adult man says something."""
    voice = {"age": "Adult", "gender": "Male", "emotion": "Neutral", "accent": None}
    voice |= {"prosody": None, "timbre": None, **fields}
    silent = UasDocument.no_voice()
    document = silent.replace(transcription=text, paralinguistics=Paralinguistics(**voice))
    return Window(document, speech_s)


def heard(description=None, discrete=(), continuous=()) -> Window:
    """A window without a voice; events are their labels."""

    def events(labels):
        return [Event(label=label, characteristic="x") for label in labels]

    return Window(UasDocument.no_voice(description, events(discrete), events(continuous)), 0.0)


@few
@given(windows)
def test_the_merged_document_keeps_every_rule(parts):
    merged = merge_documents(parts)
    assert check(merged) == []
    assert UasDocument.parse(merged.canonical()) == merged


@few
@given(windows)
def test_there_is_a_voice_when_any_window_has_one(parts):
    merged = merge_documents(parts)
    assert merged.has_voice == any(part.document.has_voice for part in parts)


@few
@given(mended, st.integers(1, 4))
def test_the_same_window_again_and_again_changes_no_closed_field_and_no_event(document, times):
    merged = merge_documents([Window(document, 1.0)] * times)
    assert merged.paralinguistics == document.paralinguistics
    assert merged.non_linguistic_events == document.non_linguistic_events


@few
@given(windows)
def test_closed_values_come_from_the_windows(parts):
    merged = merge_documents(parts).paralinguistics
    for name in Paralinguistics.model_fields:
        values = {getattr(part.document.paralinguistics, name) for part in parts}
        assert getattr(merged, name) in values | {None}


def test_one_window_is_the_document():
    window = spoken("hello")
    assert merge_documents([window]) is window.document


def test_no_window_is_refused():
    with pytest.raises(ValueError, match="no windows to merge"):
        merge_documents([])


def test_transcripts_join_in_order_with_spaces_where_the_script_has_them():
    parts = [spoken(" one "), heard("rain"), spoken("two"), spoken("你好"), spoken("世界")]
    assert merge_documents(parts).transcription == "one two 你好世界"


def test_closed_fields_follow_the_time_of_speech_and_the_earliest_on_a_tie():
    parts = [
        spoken("a", 2.0, emotion="Anger", gender="Female"),
        spoken("b", 1.5, emotion="Fear"),
        spoken("c", 1.0, emotion="Fear", gender="Female"),
        heard(),
    ]
    merged = merge_documents(parts).paralinguistics
    assert (merged.emotion, merged.gender) == ("Fear", "Female")
    tie = [spoken("a", 1.0, emotion="Anger"), spoken("b", 1.0, emotion="Fear")]
    assert merge_documents(tie).paralinguistics.emotion == "Anger"


def test_events_and_descriptions_are_united_without_repeats():
    parts = [
        heard("Rain", ["bell"], ["rain"]),
        heard("Rain", ["Bell", "bark"], ["music"]),
        heard("Street", [], ["bark"]),
    ]
    merged = merge_documents(parts).non_linguistic_events
    assert [event.label for event in merged.discrete_events] == ["bell", "bark"]
    assert [event.label for event in merged.continuous_events] == ["rain", "music"]
    assert merged.description == "Rain; Street"


def test_confidence_is_the_mean_over_the_time_of_speech():
    parts = [
        Window(spoken("a").document, 3.0, Confidence(gender={"Male": 1.0, "Female": 0.0})),
        Window(spoken("b").document, 1.0, Confidence(gender={"Male": 0.0, "Female": 1.0})),
        Window(heard().document, 9.0),
    ]
    merged = merge_confidence(parts)
    assert merged.gender == {"Male": 0.75, "Female": 0.25}
    assert merged.age is None


def test_the_surest_window_says_whether_there_is_a_voice():
    parts = [
        Window(heard().document, 0.0, Confidence(voice=voice)) for voice in (0.1, None, 0.7, 0.4)
    ]
    assert merge_confidence(parts).voice == 0.7
    assert merge_confidence([heard()]).voice is None
