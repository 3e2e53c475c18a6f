"""The melody of a voice and the steadiness of its periods: slope, ending, shimmer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uas_pipeline.acoustics.pitch import FRAME_S
from uas_signal import SAMPLE_RATE_HZ

_FEWEST_FRAMES = 40  # 0.2 s of voice
_ENDING_S = 0.25
_FEWEST_PERIODS = 20
_MOST_DB = 12.0  # a larger step between two periods is an edge, not shimmer


@dataclass(frozen=True)
class Contour:
    """Melody over a clip, in semitones."""

    slope_semitones_per_s: float
    ending_semitones: float
    """Median of the last 0.25 s of voice against the median of all."""


def contour_of(track_hz: NDArray[np.float64]) -> Contour | None:
    """Melody of a track ``[frames]`` in Hz (0 where unvoiced); None for under 0.2 s of voice."""
    frames = np.flatnonzero(track_hz > 0)
    if len(frames) < _FEWEST_FRAMES:
        return None
    semitones = 12 * np.log2(track_hz[frames])
    slope, _ = np.polyfit(frames * FRAME_S, semitones, 1)
    ending = semitones[frames >= frames[-1] - _ENDING_S / FRAME_S]
    return Contour(float(slope), float(np.median(ending) - np.median(semitones)))


def shimmer_db(samples: NDArray[np.float32], track_hz: NDArray[np.float64]) -> float | None:
    """Mean step between the peaks of neighbouring periods, in dB; None for fewer than 20 periods.

    Periods are counted along the pitch track, within unbroken voice.

    Args:
        samples: ``[T] float32``, mono, 16 kHz.
        track_hz: ``[frames]``, every 5 ms, 0 where unvoiced.
    """
    count = min(len(samples), int(len(track_hz) * FRAME_S * SAMPLE_RATE_HZ))
    if count == 0:
        return None
    frames = (np.arange(count) / (FRAME_S * SAMPLE_RATE_HZ)).astype(int)
    hertz = track_hz[np.minimum(frames, len(track_hz) - 1)]
    period = np.floor(np.cumsum(hertz) / SAMPLE_RATE_HZ).astype(int)
    starts = np.flatnonzero(np.diff(period, prepend=-1) > 0)
    if len(starts) <= _FEWEST_PERIODS:
        return None
    peaks = np.maximum.reduceat(np.abs(samples[:count]), starts)[:-1]
    unbroken = np.minimum.reduceat(hertz, starts)[:-1] > 0
    both = unbroken[1:] & unbroken[:-1]
    steps_db = np.abs(np.diff(20 * np.log10(peaks + 1e-6)))[both]
    steps_db = steps_db[steps_db < _MOST_DB]
    return float(steps_db.mean()) if len(steps_db) >= _FEWEST_PERIODS else None
