"""Make `hello.flac`: a synthetic voice says a sentence while a bell of our own rings twice.

Needs the extra `pipeline`, whose synthesiser fetches its own weights. The same versions give the
same samples.
"""

from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from uas_model.cache import cache_root
from uas_pipeline.corpora.kokoro import Kokoro, Utterance

SENTENCE = Utterance("Hello! Did somebody just ring the bell? I will open the door.", "af_heart")
RATE_HZ = 16_000
LEAD_S = 0.6
"""Silence before the voice."""
STRIKES_S = (0.0, 1.9)
BELL_DB = -10.0
"""Peak of the bell, relative to the peak of the voice."""
# Partials of a struck bell: frequency relative to the strike note, level, decay in seconds.
PARTIALS = (
    (0.5, 0.5, 1.4),
    (1.0, 1.0, 0.9),
    (1.2, 0.6, 0.8),
    (1.5, 0.4, 0.6),
    (2.0, 0.8, 0.5),
    (2.7, 0.4, 0.3),
    (4.1, 0.2, 0.15),
)
STRIKE_NOTE_HZ = 740.0


def bell(duration_s: float) -> NDArray[np.float64]:
    """One strike: [T] float64 at `RATE_HZ`, peak 1."""
    time_s = np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    tones = [
        level * np.exp(-time_s / decay_s) * np.sin(2 * np.pi * ratio * STRIKE_NOTE_HZ * time_s)
        for ratio, level, decay_s in PARTIALS
    ]
    rung = np.sum(tones, axis=0) * np.minimum(1.0, time_s / 0.002)
    return rung / np.abs(rung).max()


def voice(path: Path) -> NDArray[np.float64]:
    """The sentence at `RATE_HZ`, [T] float64, peak 1, with `LEAD_S` of silence before it."""
    samples, rate_hz = soundfile.read(path, dtype="float64", always_2d=True)
    spoken = soxr.resample(samples.mean(axis=1), rate_hz, RATE_HZ)
    return np.concatenate([np.zeros(int(LEAD_S * RATE_HZ)), spoken / np.abs(spoken).max()])


def mix(speech: NDArray[np.float64]) -> NDArray[np.float64]:
    """Voice and bell together, [T] float64, peak 0.7."""
    mixed = speech.copy()
    for start_s in STRIKES_S:
        start = int(start_s * RATE_HZ)
        mixed[start:] += (
            10 ** (BELL_DB / 20) * bell((len(mixed) - start + 1) / RATE_HZ)[: len(mixed) - start]
        )
    return 0.7 * mixed / np.abs(mixed).max()


if __name__ == "__main__":
    target = Path(__file__).with_name("hello.flac")
    soundfile.write(
        target, mix(voice(Kokoro(cache_root()).speak(SENTENCE))), RATE_HZ, subtype="PCM_16"
    )
