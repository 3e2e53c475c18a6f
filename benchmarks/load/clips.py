"""Clips for a run: recordings cut or repeated to length, no two alike.

A server that remembers a clip by its content would answer the second like one that it has heard,
so every clip is a little louder or softer than the last. Knows nothing of servers.
"""

import io
import wave
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.decode import decode

_GAINS = (0.5, 1.0)
_FULL_SCALE = 32_767


def read_clip(path: Path, seconds: float | None) -> NDArray[np.float32]:
    """A recording at 16 kHz, `[T] float32`; cut or repeated to `seconds` where given.

    Raises `SignalError` for what is no audio.
    """
    samples = decode(path.read_bytes()).samples
    if seconds is None:
        return samples
    return np.resize(samples, round(seconds * SAMPLE_RATE_HZ)).astype(np.float32)


def unlike(samples: NDArray[np.float32], seed: int) -> Iterator[bytes]:
    """WAV files (16 bit) of one recording without end, each with a gain of its own.

    The same `seed` gives the same files.
    """
    rng = np.random.default_rng(seed)
    for _ in count():
        yield wav(samples * np.float32(rng.uniform(*_GAINS)))


def wav(samples: NDArray[np.float32]) -> bytes:
    """Samples (`[T] float32` at 16 kHz) as WAV of 16 bit."""
    whole = np.clip(np.round(samples * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, SAMPLE_RATE_HZ, 0, "NONE", ""))
        writer.writeframes(whole.tobytes())
    return file.getvalue()
