"""Light synthetic rooms: the direct sound and a decaying noise tail.

The tail is Gaussian noise under the exponential decay of a reverberation time (Polack 1988): no
geometry, no early reflections.
"""

from dataclasses import dataclass

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ

_DECAY_60_DB = 6.908  # ln(1000): amplitude falls by 60 dB in the reverberation time
_GAP_S = 0.003  # between the direct sound and the tail


@dataclass(frozen=True)
class Room:
    """A room: seconds for 60 dB of decay, and how far the tail's energy is below the direct."""

    reverberation_s: float
    direct_to_tail_db: float


def reverberate(
    samples: NDArray[np.float32], room: Room, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Put ``[T] float32`` at 16 kHz into a room; the length and the onset stay."""
    length = max(int(room.reverberation_s * SAMPLE_RATE_HZ), 1)
    decay = np.exp(-_DECAY_60_DB * np.arange(length) / length)
    tail = rng.standard_normal(length) * decay
    tail[: int(_GAP_S * SAMPLE_RATE_HZ)] = 0.0
    energy = float(np.sum(tail**2))
    if energy > 0:
        tail *= np.sqrt(10 ** (-room.direct_to_tail_db / 10) / energy)
    tail[0] = 1.0
    wet = scipy.signal.fftconvolve(samples, tail.astype(np.float32))
    return np.asarray(wet[: len(samples)], np.float32)
