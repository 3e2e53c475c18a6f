"""Loudness of speech and sounds over the parts that are active, and how long they are."""

import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ

FRAME_SAMPLES = SAMPLE_RATE_HZ // 100  # 10 ms
_BELOW_PEAK_DB = 30.0
_FLOOR = 1e-10
_SHORTEST_PAUSE_S = 0.2


def active_level_db(samples: NDArray[np.float32]) -> float:
    """Level in dB of full scale over the 10 ms frames within 30 dB of the loudest one.

    Args:
        samples: ``[T] float32``, mono, 16 kHz, at least one frame.
    """
    power = _frame_power(samples)
    return float(10 * np.log10(power[_active(power)].mean() + _FLOOR))


def speaking_time_s(samples: NDArray[np.float32]) -> float:
    """Seconds of speech in ``[T] float32`` at 16 kHz, pauses of 0.2 s and more left out."""
    edges = np.flatnonzero(np.diff(np.pad(_active(_frame_power(samples)).astype(np.int8), 1)))
    starts, ends = edges[::2], edges[1::2]
    gaps = (starts[1:] - ends[:-1]) * (FRAME_SAMPLES / SAMPLE_RATE_HZ)
    sounding_s = float((ends - starts).sum()) * (FRAME_SAMPLES / SAMPLE_RATE_HZ)
    return sounding_s + float(gaps[gaps < _SHORTEST_PAUSE_S].sum())


def _frame_power(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    count = -(-len(samples) // FRAME_SAMPLES)
    padded = np.pad(samples.astype(np.float64), (0, count * FRAME_SAMPLES - len(samples)))
    return np.asarray(np.mean(np.square(padded.reshape(count, FRAME_SAMPLES)), axis=1))


def _active(power: NDArray[np.float64]) -> NDArray[np.bool_]:
    threshold = max(float(power.max()) * 10 ** (-_BELOW_PEAK_DB / 10), _FLOOR)
    return np.asarray(power >= threshold)
