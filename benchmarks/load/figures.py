"""What is made of the times of many requests. Pure; knows nothing of HTTP."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Sample:
    """One request. Times are seconds of one clock.

    Attributes:
        due_at: when it should have been sent; in a closed loop, when it was.
        sent_at: when it was.
        first_at: when the first byte of the answer's body came.
        done_at: when its last byte came.
        status: of the answer; 0 where the connection broke.
        audio_s: length of its clip.
        body: the answer.
    """

    due_at: float
    sent_at: float
    first_at: float
    done_at: float
    status: int
    audio_s: float
    body: bytes

    @property
    def is_good(self) -> bool:
        """Whether it was answered as asked."""
        return self.status == 200

    @property
    def took_s(self) -> float:
        """From when it was due, so that a client that falls behind hides nothing."""
        return self.done_at - self.due_at

    @property
    def first_s(self) -> float:
        """The same to the first byte of the body."""
        return self.first_at - self.due_at

    @property
    def late_s(self) -> float:
        """How much later it was sent than it was due: the client's own delay."""
        return self.sent_at - self.due_at


@dataclass(frozen=True)
class Quantiles:
    """Of a set of seconds."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Quantiles":
        """Interpolated between neighbours. Raises `ValueError` for nothing."""
        if not seconds:
            raise ValueError("there are no times; no request was answered with 200")
        return cls(*(float(q) for q in np.quantile(list(seconds), (0.5, 0.95, 0.99))))


@dataclass(frozen=True)
class Summary:
    """A run of requests in figures.

    Attributes:
        good: requests that were answered with 200.
        failed: all others.
        wall_s: from the first that was due to the last answer.
        audio_s: of the good ones.
        took: from when they were due to their last byte.
        first: to their first byte.
        late: the client's own delay.
    """

    good: int
    failed: int
    wall_s: float
    audio_s: float
    took: Quantiles
    first: Quantiles
    late: Quantiles

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> "Summary":
        """Sum up. Raises `ValueError` when no request was answered."""
        good = [sample for sample in samples if sample.is_good]
        took = Quantiles.of([sample.took_s for sample in good])
        return cls(
            good=len(good),
            failed=len(samples) - len(good),
            wall_s=max(s.done_at for s in samples) - min(s.due_at for s in samples),
            audio_s=sum(sample.audio_s for sample in good),
            took=took,
            first=Quantiles.of([sample.first_s for sample in good]),
            late=Quantiles.of([sample.late_s for sample in samples]),
        )

    @property
    def per_s(self) -> float:
        """Good answers per second."""
        return self.good / self.wall_s

    @property
    def rtfx(self) -> float:
        """Seconds of audio described per second."""
        return self.audio_s / self.wall_s


@dataclass(frozen=True)
class Interval:
    """A median and the values that it lies between; `confidence` is what the order of so few
    values really gives.
    """

    median: float
    low: float
    high: float
    confidence: float


def median_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval:
    """Interval of a median from the order of the values alone (the sign test turned round).

    It supposes no distribution. The narrowest that has at least `confidence`; the outermost values
    where there are too few for that, with the confidence that these have. Raises `ValueError` for
    no values.
    """
    if not values:
        raise ValueError("there are no values to take a median of")
    ordered, count = sorted(values), len(values)
    outside, tail = 0, 0.0
    while outside < (count - 1) // 2:
        more = tail + math.comb(count, outside) / 2**count
        if 1 - 2 * more < confidence:
            break
        tail, outside = more, outside + 1
    place = max(outside - 1, 0)
    covered = 1 - 2 * sum(math.comb(count, k) for k in range(place + 1)) / 2**count
    return Interval(float(np.median(ordered)), ordered[place], ordered[-1 - place], max(covered, 0))
