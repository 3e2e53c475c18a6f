"""Fundamental frequency of a voice and its statistics, by WORLD's DIO and StoneMask.

Sources: Morise et al. 2009 (DIO), Morise et al. 2016 (WORLD). Knows nothing of words for pitch.
"""

from dataclasses import dataclass

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ

FLOOR_HZ = 60.0
CEILING_HZ = 650.0
FRAME_S = 0.005
_MEDIAN_FRAMES = 5
_OCTAVE_RATIO = 1.8  # farther from the median than this is taken for an octave error
_FEWEST_FRAMES = 20  # 0.1 s of voice


@dataclass(frozen=True)
class Pitch:
    """Statistics over the voiced frames of a clip."""

    median_hz: float
    range_semitones: float
    """From the 5th to the 95th percentile."""
    perturbation: float
    """Median of |F0 - its running mean over 25 ms| / F0: slow movement left out."""
    voiced_share: float


def track_pitch(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """F0 in Hz every 5 ms, 0 where unvoiced: ``[T] float32`` at 16 kHz to ``[frames] float64``."""
    import pyworld

    signal = samples.astype(np.float64)
    rough_hz, times_s = pyworld.dio(
        signal, SAMPLE_RATE_HZ, f0_floor=FLOOR_HZ, f0_ceil=CEILING_HZ, frame_period=1000 * FRAME_S
    )
    return np.asarray(pyworld.stonemask(signal, rough_hz, times_s, SAMPLE_RATE_HZ))


def pitch_of(track_hz: NDArray[np.float64]) -> Pitch | None:
    """Statistics of a track ``[frames]``; None when less than 0.1 s of it is voiced."""
    voiced = track_hz > 0
    if voiced.sum() < _FEWEST_FRAMES:
        return None
    median_hz = float(np.median(track_hz[voiced]))
    kept = voiced & (np.abs(np.log(np.maximum(track_hz, 1.0) / median_hz)) < np.log(_OCTAVE_RATIO))
    smooth = scipy.signal.medfilt(track_hz[kept], _MEDIAN_FRAMES)
    low_hz, high_hz = np.percentile(smooth, [5, 95])
    return Pitch(
        median_hz=float(np.median(smooth)),
        range_semitones=float(12 * np.log2(high_hz / low_hz)),
        perturbation=_perturbation(track_hz, kept),
        voiced_share=float(voiced.mean()),
    )


def _perturbation(track_hz: NDArray[np.float64], kept: NDArray[np.bool_]) -> float:
    """How far single frames stand off their neighbours, within unbroken runs."""
    run = np.convolve(kept, np.ones(_MEDIAN_FRAMES), "same") == _MEDIAN_FRAMES
    mean = np.convolve(track_hz, np.full(_MEDIAN_FRAMES, 1 / _MEDIAN_FRAMES), "same")
    if not run.any():
        return 0.0
    return float(np.median(np.abs(track_hz[run] - mean[run]) / mean[run]))
