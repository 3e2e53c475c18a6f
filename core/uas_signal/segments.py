"""Where a window of a long clip ends best: in a pause, where there is one."""

import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import FRAME_SAMPLES, frame_levels, voice_activity

_FRAMES_PER_S = SAMPLE_RATE_HZ // FRAME_SAMPLES
_PAUSE_FRAMES = 30  # a cut is judged by the level of 0.3 s around it
_SHORTEST_SHARE = 0.5  # a window is at least half as long as it may be
HORIZON_SHARE = 1 + _SHORTEST_SHARE  # of the longest window: what has to be seen to place a cut
_SPEAKING_DB = 200.0  # added where somebody speaks: any pause is a better place, however loud


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
