"""What formats with labels on a time line have in common: what is said of each window, in one line.

An event whose own times are known stands at them; one that is only known to be in a window spans
it. No time is made up.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from uas_server.exports.lines import one_line
from uas_server.service.envelope import Segment, UasEnvelope


@dataclass(frozen=True)
class Label:
    """One line of text over a stretch of the clip; `kind` is "speech" or "event"."""

    kind: str
    start_s: float
    end_s: float
    text: str


def labels_of(envelope: UasEnvelope) -> list[Label]:
    """Speech and events of a clip, in order of time."""
    labels = [label for segment in envelope.segments for label in _of_window(segment)]
    if envelope.events is not None:
        labels = [label for label in labels if label.kind == "speech"]
        labels += [
            Label("event", timed.start_s, timed.end_s, one_line(timed.label))
            for timed in envelope.events
        ]
    return sorted(labels, key=lambda label: (label.start_s, label.end_s))


def _of_window(segment: Segment) -> Iterator[Label]:
    if segment.uas.transcription is not None:
        text = one_line(segment.uas.transcription)
        yield Label("speech", segment.start_s, segment.end_s, text)
    heard = segment.uas.non_linguistic_events
    for event in (*heard.discrete_events, *heard.continuous_events):
        yield Label("event", segment.start_s, segment.end_s, one_line(event.label))
