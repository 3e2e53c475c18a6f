"""One clip with what belongs to its request; what `describe` and `ask` work on."""

import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ


@dataclass(frozen=True)
class Job:
    """A clip to be worked on.

    Attributes:
        request_id: unique among the requests in flight.
        samples: float32 [T], mono, 16 kHz, in [-1, 1].
        max_tokens: budget of output tokens per window.
        words: whether the times of the words are asked for.
        deadline: latest moment, on the clock of `time.monotonic`; None is no deadline.
        cache_salt: caches are shared only among jobs with the same salt.
        started: moment of the request's arrival, on the same clock.
        spent_s: seconds that stages before this took: "queue", "decode".
    """

    request_id: str
    samples: NDArray[np.float32]
    max_tokens: int
    words: bool = False
    deadline: float | None = None
    cache_salt: str = ""
    started: float = field(default_factory=time.monotonic)
    spent_s: dict[str, float] = field(default_factory=dict)

    @property
    def duration_s(self) -> float:
        """Length of the clip in seconds."""
        return len(self.samples) / SAMPLE_RATE_HZ

    def elapsed_s(self) -> float:
        """Seconds since arrival."""
        return time.monotonic() - self.started
