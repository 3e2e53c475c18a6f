"""A table with a row per window, as CSV (RFC 4180).

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, also behind white
space; such a cell, and one that begins with an apostrophe, gets an apostrophe in front. So taking
one apostrophe off a cell that begins with one gives the text.
"""

import csv
import io

from uas_schema.document import Event, Paralinguistics
from uas_server.exports.lines import one_line
from uas_server.service.envelope import Segment, UasEnvelope

MEDIA_TYPE = "text/csv"

_DANGEROUS = ("=", "+", "-", "@", "'", "＝", "＋", "－", "＠")  # noqa: RUF001 - read as formulas too
_VOICE = tuple(Paralinguistics.model_fields)
COLUMNS = (
    *("start_s", "end_s", "transcription", *_VOICE, "description"),
    *("discrete_events", "continuous_events"),
)


def csv_table(envelope: UasEnvelope) -> str:
    """The windows of a clip as rows under a header; events of a window are joined by `; `."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows(_row(segment) for segment in envelope.segments)
    return file.getvalue()


def _row(segment: Segment) -> list[str]:
    voice, heard = segment.uas.paralinguistics, segment.uas.non_linguistic_events
    texts = [
        segment.uas.transcription,
        *(getattr(voice, name) for name in _VOICE),
        heard.description,
        _joined(heard.discrete_events),
        _joined(heard.continuous_events),
    ]
    return [repr(segment.start_s), repr(segment.end_s), *map(_cell, texts)]


def _joined(events: tuple[Event, ...]) -> str:
    return "; ".join(f"{event.label} ({event.characteristic})" for event in events)


def _cell(text: str | None) -> str:
    line = one_line(text or "")
    return f"'{line}" if line.startswith(_DANGEROUS) else line
