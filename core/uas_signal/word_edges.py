"""Moves the edges of words to the pauses between them, told by the level alone.

A recogniser's alignment gives a pause to one of the words beside it, most often to the next. Where
there is a pause near the edge, the words end and begin at it. It knows nothing of what is said.
"""

from collections.abc import Sequence
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import FRAME_SAMPLES, Span, frame_levels, runs

_FRAMES_PER_S = SAMPLE_RATE_HZ // FRAME_SAMPLES
_LOUD_SHARE = 0.9  # of the frames are at or below the level of speech
_QUIET_SHARE = 0.05  # of the frames are at or below the level of the background
_QUIET_BELOW_DB = 30.0  # under the level of speech: nothing of a word but its fading end
_STANDS_OUT_DB = 6.0  # over the background
_LEAST_RANGE_DB = 12.0  # from background to speech: or a pause is not to be told from a soft sound
_FADES_RANGE_DB = 20.0  # the same, to hear words out: louder noise covers how they fade away
_SHORTEST = 3  # frames: the closure of a plosive is as long, so nothing longer is asked for
_NEAR_S = 0.1  # from the edge that was given
_SMOOTHED = 3  # frames


def at_pauses(words: Sequence[Span], samples: NDArray[np.float32]) -> list[Span]:
    """The same words, their edges at the pauses where there are any.

    Args:
        words: in order, in seconds from the start of the clip.
        samples: ``[T] float32``, mono, 16 kHz.
    """
    if not words or not len(samples):
        return list(words)
    levels_db = _levels_db(samples)
    background_db, speech_db = np.quantile(levels_db, (_QUIET_SHARE, _LOUD_SHARE)).tolist()
    if speech_db - background_db < _LEAST_RANGE_DB:
        return list(words)
    fades = speech_db - background_db >= _FADES_RANGE_DB
    quiet = levels_db < max(background_db + _STANDS_OUT_DB, speech_db - _QUIET_BELOW_DB)
    length_s = len(samples) / SAMPLE_RATE_HZ
    centres = [0.0, *((word.start_s + word.end_s) / 2 for word in words), length_s]
    ends = [0.0, *(word.end_s for word in words)]
    starts = [*(word.start_s for word in words), length_s]
    for number, (end_s, start_s) in enumerate(zip(ends, starts, strict=True)):
        pause = _longest(quiet, centres[number : number + 2], (end_s - _NEAR_S, start_s + _NEAR_S))
        if pause is not None:
            ends[number] = pause[0] if fades else min(end_s, pause[1])
            starts[number] = pause[1]
    return [
        Span(start_s, max(start_s, min(end_s, length_s)))
        for start_s, end_s in zip(starts[:-1], ends[1:], strict=True)
    ]


def _levels_db(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Level around each 10 ms."""
    power = np.pad(10 ** (frame_levels(samples) / 10), _SMOOTHED // 2, mode="edge")
    mean = np.convolve(power.astype(np.float64), np.full(_SMOOTHED, 1 / _SMOOTHED), "valid")
    return np.asarray(10 * np.log10(mean))


def _longest(
    quiet: NDArray[np.bool_], inside_s: Sequence[float], near_s: tuple[float, float]
) -> tuple[float, float] | None:
    """The longest pause between two moments that reaches into the second pair of them."""
    low, high = ceil(inside_s[0] * _FRAMES_PER_S), floor(inside_s[1] * _FRAMES_PER_S)
    pauses = [
        ((low + first) / _FRAMES_PER_S, (low + last) / _FRAMES_PER_S)
        for first, last in runs(quiet[low:high])
        if last - first >= _SHORTEST
    ]
    near = [pause for pause in pauses if pause[0] <= near_s[1] and pause[1] >= near_s[0]]
    return max(near, key=lambda pause: pause[1] - pause[0], default=None)
