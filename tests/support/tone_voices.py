"""A voice made of tones, whose pitch and rate are known."""

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
TEXT = "la la la la la la la la"  # eight syllables


def tone_voice(f0_hz: float = 120.0, seconds: float = 2.0) -> NDArray[np.float32]:
    """Harmonics of a slowly moving F0 in eight bursts: ``[T] float32`` at 16 kHz."""
    times = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    moving_hz = f0_hz * 2 ** (3 * np.sin(2 * np.pi * 0.6 * times) / 12)
    phase = 2 * np.pi * np.cumsum(moving_hz) / SAMPLE_RATE_HZ
    harmonics = range(1, int(4000 / f0_hz))
    voice = sum(np.sin(number * phase) / number**1.5 for number in harmonics)
    bursts = 0.55 - 0.45 * np.cos(2 * np.pi * 8 / seconds * times)
    noise = np.random.default_rng(0).standard_normal(len(times)) * 1e-3
    return (0.1 * (voice * bursts + noise)).astype(np.float32)
