"""What is said to the child that decodes one live stream, and what it answers.

The request is the child's argument, as JSON. Then each message goes to its stdin as one of the
pool's frames, and gets one frame back: how many samples of the source it was (`COUNT`), then what
is ready at 16 kHz as float32. When stdin ends, a last frame has the rest. What is wrong is an empty
frame and one of JSON as in ``pool_protocol``; nothing comes behind it.
"""

import json
import struct
from dataclasses import asdict, dataclass
from typing import Literal

from uas_signal.limits import DecodeLimits
from uas_signal.sniff import Container

COUNT = struct.Struct("<Q")

Encoding = Literal["opus", "webm", "ogg"]
"""Single Opus packets, or a stream of bytes in that container."""

CONTAINERS = {"webm": Container.WEBM, "ogg": Container.OGG}

LIVE_LIMITS = DecodeLimits(max_seconds=60.0, memory_bytes=1 << 27, cpu_s=5, wall_s=30.0)
"""``max_seconds`` is for each message, ``cpu_s`` for each minute, ``wall_s`` for each answer."""


@dataclass(frozen=True)
class LiveRequest:
    """How the messages are coded, and the bounds of each."""

    encoding: Encoding
    limits: DecodeLimits

    def dump(self) -> str:
        """The request as the child's argument."""
        return json.dumps(asdict(self))

    @staticmethod
    def load(text: str) -> "LiveRequest":
        """Read what ``dump`` wrote."""
        fields = json.loads(text)
        return LiveRequest(fields["encoding"], DecodeLimits(**fields["limits"]))
