"""Sounds have times in an answer where they are plain, moved to the clip; cuts make none up."""

import numpy as np
import pytest
from clips import tone
from signals import silence

from uas_schema.document import Event, UasDocument
from uas_server.exports.timed import labels_of
from uas_server.service.envelope import TimedEvent, Timings
from uas_server.service.event_times import event_times
from uas_server.service.join import Part, PlanResult, join, used_by
from uas_signal.activity import Span

CLIP = np.concatenate([silence(1.0), tone(0.5), silence(1.0)])


def heard(*labels: str, goes_on: str | None = None, said: str | None = None) -> UasDocument:
    document = load(said)
    events = document.non_linguistic_events.replace(
        discrete_events=tuple(Event(label=label, characteristic="short") for label in labels),
        continuous_events=(Event(label=goes_on, characteristic="low"),) if goes_on else (),
    )
    return document.replace(non_linguistic_events=events)


def load(said: str | None) -> UasDocument:
    voice = {
        "age": "Adult", "gender": "Male", "emotion": "Neutral", "accent": "North American English",
        "prosody": "fast pace, medium pitch, moderate range", "timbre": "balanced, clear",
    }  # fmt: skip
    nothing = dict.fromkeys(voice)
    return UasDocument.model_validate(
        {
            "transcription": said,
            "paralinguistics": voice if said else nothing,
            "nonLinguisticEvents": {
                "description": "a room", "discreteEvents": [], "continuousEvents": [],
            },
        }
    )  # fmt: skip


def envelope_of(*parts: Part):
    usage = used_by(parts, parts[-1].span.end_s)
    return join("request", "model", parts, usage, Timings(total_s=1.0))


def test_the_only_sound_of_a_clip_has_its_time():
    (event,) = event_times(heard("beep"), CLIP)
    assert event.label == "beep"
    assert (event.start_s, event.end_s) == pytest.approx((1.0, 1.5), abs=0.03)


@pytest.mark.parametrize(
    "document",
    [heard(), heard("beep", "bang"), heard("beep", goes_on="rain"), heard("beep", said="Hello.")],
)
def test_where_it_may_be_another_sound_there_is_no_time(document):
    assert event_times(document, CLIP) is None


def part(start_s: float, end_s: float, *events: TimedEvent) -> Part:
    return Part(Span(start_s, end_s), 0.0, PlanResult(heard("beep")), events or None)


def test_times_are_those_of_the_clip_and_none_is_half_a_sound():
    whole = TimedEvent(label="beep", start_s=2.0, end_s=2.5)
    at_the_start = TimedEvent(label="beep", start_s=0.0, end_s=2.0)
    fading = TimedEvent(label="beep", start_s=4.0, end_s=None)
    at_the_end = TimedEvent(label="beep", start_s=7.0, end_s=10.0)
    envelope = envelope_of(
        *(part(0, 10, at_the_end), part(10, 20, whole), part(20, 30, at_the_start)),
        *(part(30, 40, fading), part(40, 50, at_the_end)),
    )
    assert [(event.start_s, event.end_s) for event in envelope.events] == [
        (12.0, 12.5),
        (47.0, 50.0),
    ]
    assert envelope_of(part(0, 10, fading)).events == (fading,)
    assert envelope_of(part(0, 10)).events is None


def test_a_label_stands_where_it_is_known_and_else_spans_its_window():
    timed = TimedEvent(label="beep", start_s=2.0, end_s=2.5)
    fading = TimedEvent(label="beep", start_s=3.0, end_s=None)
    labels = labels_of(envelope_of(part(0, 10, timed), part(10, 20), part(20, 30, fading)))
    assert [(each.start_s, each.end_s) for each in labels] == [(2, 2.5), (10, 20), (23, 30)]
