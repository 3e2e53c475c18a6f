"""Lines as in NIST's Rich Transcription Time Marked files, for events more than for speakers.

`SPEAKER` marks the windows in which somebody speaks; there is no diarization, so all of them have
the name `voice`. `NON-SPEECH` marks events by their label. Fields are separated by spaces and have
none inside.
"""

from uas_server.exports.timed import labels_of
from uas_server.service.envelope import UasEnvelope

MEDIA_TYPE = "text/plain"


def rttm(envelope: UasEnvelope) -> str:
    """The clip as ten fields a line; the file's name is the id of the answer."""
    lines = []
    for label in labels_of(envelope):
        kind, subtype, name = (
            ("SPEAKER", "<NA>", "voice")
            if label.kind == "speech"
            else ("NON-SPEECH", "other", _field(label.text))
        )
        times = f"{label.start_s:.3f} {label.end_s - label.start_s:.3f}"
        lines.append(f"{kind} {envelope.id} 1 {times} <NA> {subtype} {name} <NA> <NA>\n")
    return "".join(lines)


def _field(text: str) -> str:
    """A text as one field; "<NA>" for none, and no other text looks like it."""
    field = "_".join(text.split())
    if not field:
        return "<NA>"
    return f"_{field}" if field.startswith("<") else field
