"""What formats with labels on a time line have in common: what is said of each window, in one line.

An event whose own times are known stands at them, up to the end of its window where its end is not
known; one that is only known to be in a window spans it. No time is made up.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from uas_server.exports.lines import one_line
from uas_server.service.envelope import Segment, TimedEvent, UasEnvelope


@dataclass(frozen=True)
class Label:
    """One line of text over a stretch of the clip; `kind` is "speech" or "event"."""

    kind: str
    start_s: float
    end_s: float
    text: str


def labels_of(envelope: UasEnvelope) -> list[Label]:
    """Speech and events of a clip, in order of time."""
    labels: list[Label] = []
    for segment in envelope.segments:
        timed = [event for event in envelope.events or () if _is_in(event, segment)]
        names = {one_line(event.label) for event in timed}
        labels += [
            label
            for label in _of_window(segment)
            if label.kind == "speech" or label.text not in names
        ]
        labels += [
            Label("event", event.start_s, event.end_s or segment.end_s, one_line(event.label))
            for event in timed
        ]
    return sorted(labels, key=lambda label: (label.start_s, label.end_s))


def _is_in(event: TimedEvent, segment: Segment) -> bool:
    return segment.start_s <= event.start_s < segment.end_s


def _of_window(segment: Segment) -> Iterator[Label]:
    if segment.uas.transcription is not None:
        text = one_line(segment.uas.transcription)
        yield Label("speech", segment.start_s, segment.end_s, text)
    heard = segment.uas.non_linguistic_events
    for event in (*heard.discrete_events, *heard.continuous_events):
        yield Label("event", segment.start_s, segment.end_s, one_line(event.label))
