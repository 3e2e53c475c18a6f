"""Where the only sound of a clip lies, told by its level alone.

It is for clips in which nobody speaks and nothing goes on: what stands out from the background is
then that sound. ``docs/adr/0035`` has the figures that the numbers here were chosen by. It knows
nothing of labels, nor of what a sound is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import FRAME_SAMPLES, frame_levels

_FRAMES_PER_S = SAMPLE_RATE_HZ // FRAME_SAMPLES
_BACKGROUND_SHARE = 0.1  # of the frames are at or below the level of the background
_FAINTEST_DB = -76.0  # of full scale: what is below is background, too
_HEARD_BELOW_PEAK_DB = 46.0  # what is fainter beside the sound is nothing of it
_STANDS_OUT_DB = 6.0  # over the background: as long as the sound lasts
_PEAK_DB = 24.0  # over the background: or its edges are lost in it
_STOPS_DB = 14.0  # over the background, shortly before its end: or it fades out, to nobody's end
_SHORTLY_BEFORE = (20, 10)  # frames before the end
_LONGEST_PAUSE = 100  # frames: knocks and barks that follow each other are one sound
_SHORTEST = 2  # frames
_SMOOTHED = 3  # frames


@dataclass(frozen=True)
class Burst:
    """A stretch of sound, in seconds from the start of the clip.

    Attributes:
        start_s: where it begins.
        end_s: where it stops, at the latest the end of the clip; None where it fades out.
    """

    start_s: float
    end_s: float | None


def only_burst(samples: NDArray[np.float32]) -> Burst | None:
    """The one stretch that stands out from the background; None where there is none, or another.

    Args:
        samples: ``[T] float32``, mono, 16 kHz.
    """
    if not len(samples):
        return None
    levels_db = _smoothed(frame_levels(samples))
    floor_db = max(
        float(np.quantile(levels_db, _BACKGROUND_SHARE)),
        _FAINTEST_DB,
        float(levels_db.max()) - _HEARD_BELOW_PEAK_DB,
    )
    found = [
        (first, last)
        for first, last in _stretches(levels_db > floor_db + _STANDS_OUT_DB)
        if last - first >= _SHORTEST and levels_db[first:last].max() > floor_db + 2 * _STANDS_OUT_DB
    ]
    if len(found) != 1:
        return None
    ((first, last),) = found
    if levels_db[first:last].max() < floor_db + _PEAK_DB:
        return None
    before = levels_db[
        max(first, last - _SHORTLY_BEFORE[0]) : max(first + 1, last - _SHORTLY_BEFORE[1])
    ]
    stops = before.mean() >= floor_db + _STOPS_DB
    end_s = min(last / _FRAMES_PER_S, len(samples) / SAMPLE_RATE_HZ)
    return Burst(first / _FRAMES_PER_S, end_s if stops else None)


def _smoothed(levels_db: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean power of a few frames around each, in dB: ``[T] float64``."""
    padded = np.pad(10 ** (levels_db.astype(np.float64) / 10), _SMOOTHED // 2, mode="edge")
    return np.asarray(
        10 * np.log10(np.convolve(padded, np.full(_SMOOTHED, 1 / _SMOOTHED), "valid"))
    )


def _stretches(stands_out: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First frame, and the one behind the last, of what stands out, short pauses included."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], stands_out, [False])).astype(np.int8)))
    merged: list[tuple[int, int]] = []
    for begins, last in edges.reshape(-1, 2).tolist():
        joins = merged and begins - merged[-1][1] < _LONGEST_PAUSE
        first = merged.pop()[0] if joins else begins
        merged.append((first, last))
    return merged
