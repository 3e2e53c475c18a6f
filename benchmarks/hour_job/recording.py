"""A recording of any length whose truth is known: sentences at known places in near silence.

The sentences are spoken by synthetic voices (Kokoro, made once and cached); the repository's own
example is one of them. Knows nothing of servers.
"""

import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from uas_model.cache import cache_root
from uas_pipeline.corpora.kokoro import Kokoro, Utterance
from uas_signal import SAMPLE_RATE_HZ
from uas_signal.decode import decode

Samples = NDArray[np.float32]

SENTENCES = (
    Utterance("Hello! Did somebody just ring the bell? I will open the door.", "af_heart"),
    Utterance("The train to the city leaves from platform seven at half past nine.", "am_michael"),
    Utterance("Please put the blue box on the table and close the window.", "bf_emma"),
    Utterance("My brother has bought an old house near the river.", "bm_george"),
    Utterance("We waited two hours for the doctor and then went home.", "af_bella"),
    Utterance("Nobody knows why the lights went out last night.", "am_adam"),
)
EXAMPLE = 0
"""Index of the sentence that `examples/hello.flac` holds, with a bell."""

GAP_S = (0.8, 12.0)
NOISE = 1e-4
"""Standard deviation of the noise between sentences, -80 dB of full scale."""

PEAK = 0.7
_FULL_SCALE = 32_767


@dataclass(frozen=True)
class Place:
    """Where a sentence lies in the recording, in seconds, and what it says."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True)
class Spoken:
    """One sentence: its text and its sound, `[T] float32` at 16 kHz."""

    text: str
    samples: Samples


def spoken(example: Path) -> list[Spoken]:
    """All sentences; the first time this needs the extra `pipeline` and half a minute."""
    voice = Kokoro(cache_root())
    found = []
    for number, sentence in enumerate(SENTENCES):
        path = example if number == EXAMPLE else voice.speak(sentence)
        samples = decode(path.read_bytes()).samples
        loudest = max(float(np.abs(samples).max()), 1e-6)
        found.append(Spoken(sentence.text, samples * np.float32(PEAK / loudest)))
    return found


def write_recording(
    path: Path, sentences: list[Spoken], seconds: float, seed: int
) -> tuple[Place, ...]:
    """Write a WAV file (16 bit) of so many seconds, piece by piece; gives its truth."""
    rng = np.random.default_rng(seed)
    places = []
    with wave.open(str(path), "wb") as writer:
        writer.setparams((1, 2, SAMPLE_RATE_HZ, 0, "NONE", ""))
        at, size = 0, round(seconds * SAMPLE_RATE_HZ)
        for sentence, gap in _order(sentences, rng):
            if at + gap + len(sentence.samples) > size:
                break
            _write(writer, np.zeros(gap, np.float32), rng)
            _write(writer, sentence.samples, rng)
            start, at = at + gap, at + gap + len(sentence.samples)
            places.append(Place(start / SAMPLE_RATE_HZ, at / SAMPLE_RATE_HZ, sentence.text))
        _write(writer, np.zeros(size - at, np.float32), rng)
    return tuple(places)


def _order(sentences: list[Spoken], rng: np.random.Generator) -> Iterator[tuple[Spoken, int]]:
    """Sentences at random, each with the samples of silence before it."""
    while True:
        yield (
            sentences[rng.integers(len(sentences))],
            round(rng.uniform(*GAP_S) * SAMPLE_RATE_HZ),
        )


def _write(writer: wave.Wave_write, samples: Samples, rng: np.random.Generator) -> None:
    noisy = samples + NOISE * rng.standard_normal(len(samples))
    whole = np.clip(np.round(noisy * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE)
    writer.writeframes(whole.astype("<i2").tobytes())
