"""How the pool and its decoder children talk: length-prefixed messages over two pipes.

Request, to the child: one frame of JSON (``Request``), then the file's bytes. Answer, from it: any
number of frames of float32 samples, an empty frame, and one frame of JSON: ``{"source": ...}`` or
``{"code": ..., "message": ...}``. The child reads a whole request before it answers.
"""

import json
import struct
from dataclasses import asdict, dataclass
from typing import Any

from uas_signal.decode import Source
from uas_signal.errors import BY_CODE, SignalError
from uas_signal.limits import DecodeLimits
from uas_signal.sniff import Container

PREFIX = struct.Struct("<I")  # bytes in the frame that follows


@dataclass(frozen=True)
class Request:
    """What to decode: the number of bytes that follow, and the bounds."""

    size_bytes: int
    limits: DecodeLimits

    def dump(self) -> bytes:
        """JSON of the request, as one frame."""
        return frame(json.dumps(asdict(self)).encode())

    @staticmethod
    def load(text: bytes) -> "Request":
        """Read what ``dump`` wrote, without the prefix."""
        fields = json.loads(text)
        return Request(fields["size_bytes"], DecodeLimits(**fields["limits"]))


def frame(payload: bytes) -> bytes:
    """The payload behind its length."""
    return PREFIX.pack(len(payload)) + payload


def dump_source(source: Source) -> bytes:
    """JSON of a good answer's last frame."""
    return json.dumps({"source": asdict(source) | {"container": source.container.name}}).encode()


def dump_error(error: SignalError) -> bytes:
    """JSON of a bad answer's last frame."""
    return json.dumps({"code": error.code, "message": str(error)}).encode()


def load_outcome(text: bytes) -> Source:
    """The source of a good answer.

    Raises:
        SignalError: the one that the child raised.
    """
    fields: dict[str, Any] = json.loads(text)
    if "code" in fields:
        raise BY_CODE[fields["code"]](fields["message"])
    source = fields["source"]
    return Source(Container[source.pop("container")], **source)
