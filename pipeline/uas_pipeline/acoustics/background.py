"""What is heard beside the voice: level, signal-to-noise ratio, movement, colour, breaths.

The background is measured where nobody speaks; where somebody speaks all along, in the quietest
tenth. Knows nothing of what makes the sound.
"""

from dataclasses import dataclass

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import FRAME_SAMPLES, frame_levels

SILENT_DB = -120.0  # what `frame_levels` gives for digital silence
_FRAME_S = FRAME_SAMPLES / SAMPLE_RATE_HZ
_FEWEST_FRAMES = 20  # 0.2 s of background
_EDGE_FRAMES = 5  # beside speech: its tail and its echo
_QUIET_PERCENTILE = 10
_BLOCK_FRAMES = 10  # 100 ms
_MOST_SNR_DB = 80.0
_STANDS_OUT_DB = 15.0  # a sound beside the speech stands this much over the median
_NOTICED_DB = 25.0  # and is at most this much softer than the loudest
_SHORTEST_SOUND_S = 0.1
_WINDOW = 512
_BREATH_S = (0.12, 1.0)
_BREATH_OVER_FLOOR_DB = 6.0
_BREATH_BELOW_SPEECH_DB = 12.0
_BREATH_FLATNESS = 0.12


@dataclass(frozen=True)
class Background:
    """Levels in dB of full scale; flatness is 1 for white noise, near 0 for a tone."""

    level_db: float
    variation_db: float
    """Standard deviation of the levels of 100 ms."""
    flatness: float
    sounds: int
    """Stretches of 0.1 s and more that stand 15 dB out of the background and can be noticed."""
    snr_db: float | None
    """Speech over background; None where nobody speaks."""
    breaths: int


def background_of(
    samples: NDArray[np.float32], speaking: NDArray[np.bool_], voiced: NDArray[np.bool_]
) -> Background:
    """Background of a clip.

    Args:
        samples: ``[T] float32``, mono, 16 kHz.
        speaking: ``[ceil(T / 160)] bool``: which 10 ms hold speech.
        voiced: the same shape; which have a pitch, in speech or not.
    """
    levels_db = frame_levels(samples)
    aside = ~_widened(speaking)
    if aside.sum() < _FEWEST_FRAMES:
        aside = levels_db <= np.percentile(levels_db, _QUIET_PERCENTILE)
    level_db = _mean_db(levels_db[aside])
    speech_db = _mean_db(levels_db[speaking]) if speaking.any() else None
    return Background(
        level_db=level_db,
        variation_db=_variation_db(levels_db[aside]),
        flatness=_flatness(samples, aside),
        sounds=_sounds(levels_db, aside),
        snr_db=None if speech_db is None else _ratio_db(speech_db, level_db),
        breaths=0
        if speech_db is None
        else _breaths(samples, levels_db, aside & ~voiced, speech_db),
    )


def _mean_db(levels_db: NDArray[np.float32]) -> float:
    return float(10 * np.log10(np.mean(np.power(10.0, levels_db.astype(np.float64) / 10))))


def _ratio_db(both_db: float, noise_db: float) -> float:
    """Ratio of speech to noise from the level of both together."""
    signal = max(10 ** (both_db / 10) - 10 ** (noise_db / 10), 1e-12)
    return float(np.clip(10 * np.log10(signal) - noise_db, -_MOST_SNR_DB, _MOST_SNR_DB))


def _variation_db(levels_db: NDArray[np.float32]) -> float:
    whole = levels_db[: len(levels_db) // _BLOCK_FRAMES * _BLOCK_FRAMES]
    if not len(whole):
        return float(levels_db.std())
    return float(whole.reshape(-1, _BLOCK_FRAMES).mean(axis=1).std())


def _flatness(samples: NDArray[np.float32], chosen: NDArray[np.bool_]) -> float:
    """Geometric over arithmetic mean of the power spectrum up to 7 kHz, frames averaged."""
    starts = np.flatnonzero(chosen)[::2] * FRAME_SAMPLES
    starts = starts[starts + _WINDOW <= len(samples)]
    if not len(starts):
        return 0.0
    frames = samples[starts[:, None] + np.arange(_WINDOW)] * np.hanning(_WINDOW)
    power = np.mean(np.square(np.abs(np.fft.rfft(frames, axis=1))), axis=0)[2:224] + 1e-14
    return float(np.exp(np.log(power).mean()) / power.mean())


def _breaths(
    samples: NDArray[np.float32],
    levels_db: NDArray[np.float32],
    quiet: NDArray[np.bool_],
    speech_db: float,
) -> int:
    """Breaths: noise between words, over the floor, well under the speech (Ruinskiy and Lavner
    2007 give their length and level).
    """
    floor_db = float(np.percentile(levels_db, 5))
    smooth_db = scipy.signal.medfilt(levels_db, 5)
    low_db, high_db = floor_db + _BREATH_OVER_FLOOR_DB, speech_db - _BREATH_BELOW_SPEECH_DB
    heard = quiet & (smooth_db > low_db) & (smooth_db < high_db)
    edges = np.flatnonzero(np.diff(np.pad(heard.astype(np.int8), 1)))
    count = 0
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        chosen = np.zeros(len(heard), np.bool_)
        chosen[start:end] = True
        long_enough = _BREATH_S[0] <= (end - start) * _FRAME_S <= _BREATH_S[1]
        count += long_enough and _flatness(samples, chosen) >= _BREATH_FLATNESS
    return count


def _sounds(levels_db: NDArray[np.float32], aside: NDArray[np.bool_]) -> int:
    """Stretches of background that are louder than the rest of it."""
    least_db = max(
        float(np.median(levels_db[aside])) + _STANDS_OUT_DB, float(levels_db.max()) - _NOTICED_DB
    )
    edges = np.flatnonzero(np.diff(np.pad((aside & (levels_db > least_db)).astype(np.int8), 1)))
    return int(((edges[1::2] - edges[::2]) * _FRAME_S >= _SHORTEST_SOUND_S).sum())


def _widened(active: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(np.convolve(active, np.ones(2 * _EDGE_FRAMES + 1), "same") > 0)
