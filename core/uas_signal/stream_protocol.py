"""What is said to the child that decodes one long file, and what it says before its samples.

The request is the child's argument, as JSON. The answer on its stdout, in the pool's frames: one of
JSON (`Head`), any number of float32 samples, an empty frame, and one of JSON as in
``pool_protocol``. A file that is refused has the empty frame and the error only.
"""

import json
from dataclasses import asdict, dataclass

from uas_signal.decode import Decoder, Source
from uas_signal.limits import DecodeLimits
from uas_signal.pool_protocol import dump_source, load_outcome


@dataclass(frozen=True)
class StreamRequest:
    """What to decode of the file.

    Attributes:
        limits: its bounds; ``cpu_s`` is for each minute of audio.
        skip_samples: samples at 16 kHz that are decoded and dropped; None to decode nothing.
    """

    limits: DecodeLimits
    skip_samples: int | None

    def dump(self) -> str:
        """The request as the child's argument."""
        return json.dumps(asdict(self))

    @staticmethod
    def load(text: str) -> "StreamRequest":
        """Read what ``dump`` wrote."""
        fields = json.loads(text)
        return StreamRequest(DecodeLimits(**fields["limits"]), fields["skip_samples"])


@dataclass(frozen=True)
class Head:
    """What is known of a file before it is decoded: ``duration_s`` by its packets' own headers."""

    source: Source
    duration_s: float


def dump_head(decoder: Decoder) -> bytes:
    """JSON of the first frame."""
    fields = json.loads(dump_source(decoder.source))
    return json.dumps(fields | {"duration_s": decoder.walked_s}).encode()


def load_head(text: bytes) -> Head:
    """Read what ``dump_head`` wrote."""
    duration_s = json.loads(text)["duration_s"]
    return Head(load_outcome(text), duration_s)
