"""How speech runs in time: speech and pauses, syllables heard, and how even they come.

Syllables are heard as peaks of intensity that stand 2 dB out of their neighbourhood in voiced
speech (de Jong and Wempe 2009), so the text is not needed. Knows nothing of words for tempo.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import FRAME_SAMPLES, Span, frame_levels

_FRAME_S = FRAME_SAMPLES / SAMPLE_RATE_HZ
_SMOOTH_FRAMES = 7  # 70 ms
_DIP_DB = 2.0
_BELOW_LOUDEST_DB = 25.0
_BELOW_PEAK_DB = 30.0  # as `levels` counts speech
_OVER_FLOOR_DB = 6.0
_FLOOR_PERCENTILE = 5
_SHORTEST_PAUSE_S = 0.2
_SAME_PHRASE_S = 0.6  # farther apart than this, two syllables have a pause between them


@dataclass(frozen=True)
class Tempo:
    """Seconds of speech and pauses between first and last word, and the syllables heard."""

    speech_s: float
    pauses: int
    pause_s: float
    nuclei: int
    interval_variation: float | None
    """Coefficient of variation of the time between syllables; None for fewer than five."""


def speech_frames(samples: NDArray[np.float32], spans: Sequence[Span]) -> NDArray[np.bool_]:
    """Which 10 ms hold speech: in a span of voice, within 30 dB of its loudest, over the noise.

    Args:
        samples: ``[T] float32``, mono, 16 kHz.
        spans: where a voice is heard.

    Returns:
        ``[ceil(T / 160)] bool``, gaps below 0.2 s filled.
    """
    levels_db = frame_levels(samples)
    inside = np.zeros(len(levels_db), np.bool_)
    for span in spans:
        inside[round(span.start_s / _FRAME_S) : round(span.end_s / _FRAME_S)] = True
    if not inside.any():
        return inside
    loudest_db = float(levels_db[inside].max())
    floor_db = float(np.percentile(levels_db, _FLOOR_PERCENTILE))
    least_db = max(loudest_db - _BELOW_PEAK_DB, min(floor_db + _OVER_FLOOR_DB, loudest_db - 6.0))
    return _filled(inside & (levels_db >= least_db))


def tempo_of(
    samples: NDArray[np.float32], speaking: NDArray[np.bool_], voiced: NDArray[np.bool_]
) -> Tempo:
    """Tempo of a clip.

    Args:
        samples: ``[T] float32``, mono, 16 kHz.
        speaking: ``[ceil(T / 160)] bool``, from ``speech_frames``.
        voiced: the same shape; where the voice has a pitch.
    """
    edges = np.flatnonzero(np.diff(np.pad(speaking.astype(np.int8), 1)))
    starts, ends = edges[::2], edges[1::2]
    gaps_s = (starts[1:] - ends[:-1]) * _FRAME_S
    nuclei = _nuclei(frame_levels(samples), speaking, voiced)
    return Tempo(
        speech_s=float(speaking.sum()) * _FRAME_S,
        pauses=len(gaps_s),
        pause_s=float(gaps_s.sum()),
        nuclei=len(nuclei),
        interval_variation=_variation(nuclei),
    )


def _nuclei(
    levels_db: NDArray[np.float32], speaking: NDArray[np.bool_], voiced: NDArray[np.bool_]
) -> NDArray[np.int_]:
    """Frames of the syllables' peaks."""
    if not speaking.any():
        return np.zeros(0, np.int_)
    window = np.hanning(_SMOOTH_FRAMES + 2)[1:-1]
    smooth_db = np.convolve(levels_db, window / window.sum(), "same")
    least_db = float(np.percentile(smooth_db[speaking], 95)) - _BELOW_LOUDEST_DB
    peaks, _ = scipy.signal.find_peaks(smooth_db, height=least_db, prominence=_DIP_DB)
    return np.asarray(peaks[speaking[peaks] & voiced[peaks]])


def _variation(nuclei: NDArray[np.int_]) -> float | None:
    intervals_s = np.diff(nuclei) * _FRAME_S
    within = intervals_s[intervals_s < _SAME_PHRASE_S]
    return float(within.std() / within.mean()) if len(within) >= 4 else None


def _filled(active: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Gaps shorter than a pause become speech."""
    edges = np.flatnonzero(np.diff(np.pad(active.astype(np.int8), 1)))
    for end, start in zip(edges[1::2], edges[2::2], strict=False):
        if (start - end) * _FRAME_S < _SHORTEST_PAUSE_S:
            active[end:start] = True
    return active
