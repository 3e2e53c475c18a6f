"""JSON Lines: a window per line, as it is in the envelope."""

from uas_server.service.envelope import UasEnvelope

MEDIA_TYPE = "application/jsonl"


def jsonl(envelope: UasEnvelope) -> str:
    """The windows of a clip, each on a line of its own; a line break in a text is escaped."""
    return "".join(segment.model_dump_json(by_alias=True) + "\n" for segment in envelope.segments)
