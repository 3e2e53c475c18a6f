"""Timbre of a voice: where its energy lies, and how harmonic it is.

Harmonicity is the normalised autocorrelation at the period of F0, as in Boersma 1993. Knows
nothing of words for timbre.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from uas_pipeline.acoustics.pitch import FRAME_S
from uas_signal import SAMPLE_RATE_HZ

_WINDOW = 512  # 32 ms
_PERIODS = 3
_HOP = 2  # every second frame of the pitch track


@dataclass(frozen=True)
class Timbre:
    """Medians and means over the voiced frames of a clip."""

    centroid_hz: float
    harmonicity_db: float


def timbre_of(samples: NDArray[np.float32], track_hz: NDArray[np.float64]) -> Timbre | None:
    """Timbre of ``[T] float32`` at 16 kHz with its pitch track; None without voiced frames."""
    frames = np.flatnonzero(track_hz > 0)[::_HOP]
    starts = (frames * FRAME_S * SAMPLE_RATE_HZ).astype(int) - _WINDOW // 2
    inside = (starts >= 0) & (starts + 2 * _WINDOW <= len(samples))
    if not inside.any():
        return None
    starts, periods_hz = starts[inside], track_hz[frames[inside]]
    return Timbre(
        centroid_hz=_mean_centroid_hz(samples, starts),
        harmonicity_db=_median_harmonicity_db(samples, starts, periods_hz),
    )


def _mean_centroid_hz(samples: NDArray[np.float32], starts: NDArray[np.int_]) -> float:
    windows = sliding_window_view(samples, _WINDOW)[starts] * np.hanning(_WINDOW)
    magnitude = np.abs(np.fft.rfft(windows, axis=1))
    bins_hz = np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE_HZ)
    total = magnitude.sum(axis=1)
    heard = total > 0
    return float(np.mean((magnitude[heard] @ bins_hz) / total[heard])) if heard.any() else 0.0


def _median_harmonicity_db(
    samples: NDArray[np.float32], starts: NDArray[np.int_], f0_hz: NDArray[np.float64]
) -> float:
    correlations = [
        _periodicity(samples, start, SAMPLE_RATE_HZ / frequency)
        for start, frequency in zip(starts, f0_hz, strict=True)
    ]
    peak = np.clip(np.median(correlations), 1e-4, 1 - 1e-4)
    return float(10 * np.log10(peak / (1 - peak)))


def _periodicity(samples: NDArray[np.float32], start: int, period: float) -> float:
    """Best normalised correlation of a few periods with the same, one period later."""
    length = min(int(_PERIODS * period), _WINDOW)
    here = samples[start : start + length]
    energy = float(here @ here)
    best = 0.0
    for lag in range(int(period) - 1, int(period) + 3):
        later = samples[start + lag : start + lag + length]
        if len(later) == length and energy > 0:
            best = max(best, float(here @ later) / (energy * float(later @ later) + 1e-12) ** 0.5)
    return best
