"""Resonances of the vocal tract, which say how long it is: shorter in women, shortest in children.

Formants are the poles of linear prediction (Markel and Gray 1976). Their mean spacing, that of
F_i / (i - 1/2) in a uniform tube, gives the tract's length (Fitch 1997). Knows nothing of who
speaks.
"""

from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.signal
from numpy.typing import NDArray

from uas_pipeline.acoustics.pitch import FRAME_S
from uas_signal import SAMPLE_RATE_HZ

_WINDOW = 400  # 25 ms
_ORDER = 18
_MOST_FRAMES = 80  # evenly over the voice: more change nothing
_FEWEST_FRAMES = 5
_PREEMPHASIS = 0.97
_LOWEST_HZ, _HIGHEST_HZ, _WIDEST_HZ = 200.0, 5500.0, 500.0
_FORMANTS = 4


@dataclass(frozen=True)
class Formants:
    """Medians over the voiced frames of a clip."""

    spacing_hz: float
    third_hz: float


def formants_of(samples: NDArray[np.float32], track_hz: NDArray[np.float64]) -> Formants | None:
    """Formants of ``[T] float32`` at 16 kHz with its pitch track; None for too little voice."""
    voiced = np.flatnonzero(track_hz > 0)
    if not len(voiced):
        return None
    frames = voiced[:: max(1, len(voiced) // _MOST_FRAMES)]
    starts = (frames * FRAME_S * SAMPLE_RATE_HZ).astype(int) - _WINDOW // 2
    starts = starts[(starts >= 0) & (starts + _WINDOW <= len(samples))]
    if not len(starts):
        return None
    bright = scipy.signal.lfilter([1.0, -_PREEMPHASIS], [1.0], samples)
    windows = bright[starts[:, None] + np.arange(_WINDOW)] * np.hamming(_WINDOW)
    found = [hertz[:_FORMANTS] for hertz in _poles_hz(windows) if len(hertz) >= _FORMANTS]
    if len(found) < _FEWEST_FRAMES:
        return None
    table = np.stack(found)
    spacing = (table / (np.arange(_FORMANTS) + 0.5)).mean(axis=1)
    return Formants(float(np.median(spacing)), float(np.median(table[:, 2])))


def _poles_hz(windows: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Narrow poles of each window ``[N, 400]``, from low to high."""
    spectra = np.fft.rfft(windows, 2 * _WINDOW, axis=1)
    correlations = np.fft.irfft(np.square(np.abs(spectra)), axis=1)[:, : _ORDER + 1]
    correlations = correlations[correlations[:, 0] > 1e-9]
    correlations[:, 0] *= 1.0001  # a little white noise keeps the system well conditioned
    companions = np.zeros((len(correlations), _ORDER, _ORDER))
    companions[:, np.arange(1, _ORDER), np.arange(_ORDER - 1)] = 1.0
    for companion, lags in zip(companions, correlations, strict=True):
        companion[0] = scipy.linalg.solve_toeplitz(lags[:-1], lags[1:])
    poles = np.linalg.eigvals(companions)
    hertz = np.angle(poles) * SAMPLE_RATE_HZ / (2 * np.pi)
    width_hz = -np.log(np.maximum(np.abs(poles), 1e-9)) * SAMPLE_RATE_HZ / np.pi
    narrow = (hertz > _LOWEST_HZ) & (hertz < _HIGHEST_HZ) & (width_hz < _WIDEST_HZ)
    return [np.sort(row[kept]) for row, kept in zip(hertz, narrow, strict=True)]
