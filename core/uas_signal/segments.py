"""Cuts a long clip into windows that a model can take, in the pauses where there are any."""

import itertools

import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import FRAME_SAMPLES, Span, frame_levels

_FRAMES_PER_S = SAMPLE_RATE_HZ // FRAME_SAMPLES
_PAUSE_FRAMES = 30  # a cut is judged by the level of 0.3 s around it
_SHORTEST_SHARE = 0.5  # a window is at least half as long as it may be


def cut(samples: NDArray[np.float32], max_s: float = 30.0) -> list[Span]:
    """Consecutive spans that cover the clip, none longer than ``max_s``.

    Each cut lies in the middle of the quietest 0.3 s of the second half of its window.

    Args:
        samples: ``[T] float32``, mono, 16 kHz.
        max_s: longest span, in seconds; at least 1.

    Raises:
        ValueError: ``max_s`` is below 1.
    """
    if max_s < 1.0:
        raise ValueError(f"max_s is {max_s}; windows below 1 s cut words apart. Use 1 or more.")
    duration_s = len(samples) / SAMPLE_RATE_HZ
    if duration_s <= max_s:
        return [Span(0.0, duration_s)] if duration_s else []
    loudness = _smooth(frame_levels(samples))
    cuts_s = [0.0]
    while duration_s - cuts_s[-1] > max_s:
        cuts_s.append(_quietest(loudness, cuts_s[-1], min(max_s, duration_s - cuts_s[-1] - 1.0)))
    cuts_s.append(duration_s)
    return [Span(start, end) for start, end in itertools.pairwise(cuts_s)]


def _smooth(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean level over 0.3 s around each frame, in dB."""
    kernel = np.full(_PAUSE_FRAMES, 1 / _PAUSE_FRAMES, np.float32)
    return np.convolve(levels, kernel, mode="same").astype(np.float32)


def _quietest(loudness: NDArray[np.float32], start_s: float, longest_s: float) -> float:
    """Time of the best cut between half of ``longest_s`` and all of it after ``start_s``."""
    first = round((start_s + longest_s * _SHORTEST_SHARE) * _FRAMES_PER_S)
    last = int((start_s + longest_s) * _FRAMES_PER_S)
    candidates = loudness[first:last]
    latest_best = len(candidates) - 1 - int(np.argmin(candidates[::-1]))
    return (first + latest_best) / _FRAMES_PER_S
