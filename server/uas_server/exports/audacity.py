"""Audacity's label track: start, end and text, with tabs between them, one label a line."""

from uas_server.exports.timed import labels_of
from uas_server.service.envelope import UasEnvelope

MEDIA_TYPE = "text/plain"


def audacity(envelope: UasEnvelope) -> str:
    """The clip as a label track. Texts hold no tab and no line break: they are made spaces."""
    return "".join(
        f"{label.start_s:.6f}\t{label.end_s:.6f}\t{label.text}\n" for label in labels_of(envelope)
    )
