"""Praat's TextGrid, in its long text form: a tier for what is said and one for each voice field.

Intervals of a tier cover the whole clip without gaps. A quote inside a text is doubled: the format
has no other escape.
"""

from collections.abc import Callable

from uas_schema.document import Paralinguistics
from uas_server.exports.lines import one_line
from uas_server.service.envelope import Segment, UasEnvelope

MEDIA_TYPE = "text/plain"

_Text = Callable[[Segment], str | None]


def textgrid(envelope: UasEnvelope) -> str:
    """The clip as a TextGrid; an interval is a window, its text empty where there is no value."""
    end_s = envelope.segments[-1].end_s
    tiers = _tiers()
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {end_s!r}",
        "tiers? <exists>",
        f"size = {len(tiers)}",
        "item []:",
    ]
    for number, (name, text_of) in enumerate(tiers.items(), start=1):
        lines += [
            f"    item [{number}]:",
            '        class = "IntervalTier"',
            f"        name = {_quoted(name)}",
            "        xmin = 0",
            f"        xmax = {end_s!r}",
            f"        intervals: size = {len(envelope.segments)}",
        ]
        for position, segment in enumerate(envelope.segments, start=1):
            lines += [
                f"        intervals [{position}]:",
                f"            xmin = {segment.start_s!r}",
                f"            xmax = {segment.end_s!r}",
                f"            text = {_quoted(text_of(segment) or '')}",
            ]
    return "\n".join(lines) + "\n"


def _tiers() -> dict[str, _Text]:
    voice = {name: _voice_field(name) for name in Paralinguistics.model_fields}
    return {"transcription": lambda segment: segment.uas.transcription, **voice, "events": _events}


def _voice_field(name: str) -> _Text:
    def text_of(segment: Segment) -> str | None:
        value: str | None = getattr(segment.uas.paralinguistics, name)
        return value

    return text_of


def _events(segment: Segment) -> str:
    heard = segment.uas.non_linguistic_events
    return "; ".join(event.label for event in (*heard.discrete_events, *heard.continuous_events))


def _quoted(text: str) -> str:
    doubled = one_line(text).replace('"', '""')
    return f'"{doubled}"'
