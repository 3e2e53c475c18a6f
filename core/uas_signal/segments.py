"""Cuts a long clip into windows that a model can take, in the pauses where there are any."""

import itertools

import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import FRAME_SAMPLES, Span, frame_levels, voice_activity

_FRAMES_PER_S = SAMPLE_RATE_HZ // FRAME_SAMPLES
_PAUSE_FRAMES = 30  # a cut is judged by the level of 0.3 s around it
_SHORTEST_SHARE = 0.5  # a window is at least half as long as it may be
HORIZON_SHARE = 1 + _SHORTEST_SHARE  # of the longest window: what has to be seen to place a cut
_SPEAKING_DB = 200.0  # added where somebody speaks: any pause is a better place, however loud


def cut(samples: NDArray[np.float32], max_s: float = 30.0) -> list[Span]:
    """Consecutive spans that cover the clip, none longer than ``max_s``.

    Each cut lies in the second half of its window, in the quietest 0.3 s in which nobody speaks;
    where somebody speaks all along, in the quietest.

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
    cost_db = cut_cost(samples)
    cuts_s = [0.0]
    while (rest_s := duration_s - cuts_s[-1]) > max_s:
        cuts_s.append(best_cut(cost_db, cuts_s[-1], rest_s, max_s))
    return [Span(start, end) for start, end in itertools.pairwise([*cuts_s, duration_s])]


def cut_cost(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a cut costs at each 10 ms, in dB: the mean level around it, and much where there is
    speech.
    """
    kernel = np.full(_PAUSE_FRAMES, 1 / _PAUSE_FRAMES, np.float32)
    levels_db = frame_levels(samples)
    cost_db = np.convolve(np.pad(levels_db, _PAUSE_FRAMES // 2, mode="edge"), kernel, mode="same")
    cost_db = cost_db[_PAUSE_FRAMES // 2 : _PAUSE_FRAMES // 2 + len(levels_db)]
    for span in voice_activity(samples):
        cost_db[int(span.start_s * _FRAMES_PER_S) : int(span.end_s * _FRAMES_PER_S)] += _SPEAKING_DB
    return cost_db


def best_cut(
    cost_db: NDArray[np.float32], start_s: float, rest_s: float, max_s: float, zero_s: float = 0.0
) -> float:
    """Where the window that begins at ``start_s`` ends, in seconds.

    Args:
        cost_db: ``[T] float32``, what a cut costs at each 10 ms after ``zero_s``.
        start_s: end of the window before.
        rest_s: seconds of the clip behind it, more than ``max_s``; any number from
            ``HORIZON_SHARE * max_s`` up gives the same answer.
        max_s: longest window.
        zero_s: time of the first cost, in whole frames.
    """
    longest_s = min(max_s, rest_s - max_s * _SHORTEST_SHARE)  # leaves no crumb at the end
    zero = round(zero_s * _FRAMES_PER_S)
    first = round((start_s + longest_s * _SHORTEST_SHARE) * _FRAMES_PER_S)
    last = int((start_s + longest_s) * _FRAMES_PER_S)
    candidates = cost_db[first - zero : last - zero]
    return (first + len(candidates) - 1 - int(np.argmin(candidates[::-1]))) / _FRAMES_PER_S
