"""Clips and their records, ready to train on.

Reads the manifests of ``uas_schema.records`` and keeps the audio in memory as int16, if it is not
too much: an hour is 115 MB, and decoding again every epoch costs more than the features.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from uas_schema.records import KnownField, Record, read_records
from uas_signal import SAMPLE_RATE_HZ
from uas_training.config import AugmentConfig, ConfigError, DataConfig
from uas_training.data.augment import disturb

NON_COMMERCIAL = "NC"
EVERY_OTHER = "*"
MIXED = "+"
MOVED_BY_SPEED: tuple[KnownField, ...] = ("prosody", "timbre")
MOVED_BY_NOISE: tuple[KnownField, ...] = ("description", "discreteEvents", "continuousEvents")


@dataclass(frozen=True)
class Clip:
    """Samples ``[T] float32`` in [-1, 1], mono, 16 kHz, and what is known of them."""

    samples: NDArray[np.float32]
    record: Record


@dataclass(frozen=True)
class Example:
    """One record with its sound, ``[T] int16`` mono at 16 kHz."""

    record: Record
    sound: NDArray[np.int16]

    @property
    def duration_s(self) -> float:
        """Length of the sound."""
        return len(self.sound) / SAMPLE_RATE_HZ

    def samples(self) -> NDArray[np.float32]:
        """``[T] float32`` in [-1, 1]."""
        return self.sound.astype(np.float32) / np.float32(32768)

    def clip(self) -> Clip:
        """The example as it is."""
        return Clip(self.samples(), self.record)


class StoredExample(Example):
    """An example whose sound stays in its file and is read whenever it is asked for."""

    def __init__(self, record: Record) -> None:
        object.__setattr__(self, "record", record)

    @property
    def sound(self) -> NDArray[np.int16]:
        """``[T] int16``, read now."""
        return _read(Path(self.record.audio))

    @property
    def duration_s(self) -> float:
        """Length by the record."""
        return self.record.duration_s


def disturbed(clip: Clip, config: AugmentConfig, rng: np.random.Generator) -> Clip:
    """The clip under a random disturbance, and its record without what that made untrue.

    Speed and noise are only changed where the fields that they move are not the truth of a
    simulation but were measured on the clip; those fields are then marked ``none`` and their
    questions dropped. A sound without a voice keeps its name at any of these speeds.
    """
    known, voiced = clip.record.known, clip.record.document.has_voice
    free = not voiced or known["prosody"] != "truth"
    speed = free and rng.random() < config.speed_probability
    noise = known["discreteEvents"] != "truth" and rng.random() < config.noise_probability
    samples = disturb(clip.samples, config, rng, speed=speed, noise=noise)
    moved = (MOVED_BY_SPEED if speed and voiced else ()) + (MOVED_BY_NOISE if noise else ())
    return Clip(samples, _without(clip.record, moved))


def _without(record: Record, fields: tuple[KnownField, ...]) -> Record:
    if not fields:
        return record
    known = {**record.known, **dict.fromkeys(fields, "none")}
    qa = tuple(item for item in record.qa if item.field not in fields)
    return record.model_copy(update={"known": known, "qa": qa})


def repeats_of(examples: Sequence[Example], config: DataConfig) -> NDArray[np.float64]:
    """How often each example comes in an epoch, by the corpus of its voice."""
    return np.array([_repeat(example.record.corpus, config.repeats) for example in examples])


def _repeat(corpus: str, repeats: Mapping[str, float]) -> float:
    voice, mixed, _ = corpus.partition(MIXED)
    names = (voice + mixed, voice, EVERY_OTHER)
    return next((repeats[name] for name in names if name in repeats), 1.0)


def is_non_commercial(licence: str) -> bool:
    """Whether a licence name such as "CC BY-NC-SA 4.0" forbids commercial use."""
    return NON_COMMERCIAL in licence.upper().replace("-", " ").split()


def read_manifests(paths: Iterable[Path]) -> list[Record]:
    """All records of the manifests, with audio paths resolved beside their manifest."""
    records = []
    for path in paths:
        if not path.is_file():
            raise ConfigError(
                f"manifest {path} does not exist; make it with `uas pipeline simulate`"
            )
        for record in read_records(path):
            audio = str(path.parent / record.audio)
            records.append(record.model_copy(update={"audio": audio}))
    return records


def training_records(records: Sequence[Record], config: DataConfig) -> list[Record]:
    """Records that the stage may learn from: training split, licence, length, speaker."""
    return [record for record in records if record.split == "train" and _allowed(record, config)]


def selection_records(records: Sequence[Record], config: DataConfig) -> list[Record]:
    """The held-out part of the training split that settings are chosen on.

    Speakers in ``hold_out_speakers``, and one in twenty of the records without a named speaker
    (sounds, silence), chosen by a hash of the id. The development split is never used here.
    """
    chosen = [r for r in records if r.split == "train" and _held_out(r, config)]
    kept: dict[str, list[Record]] = {}
    for record in sorted(chosen, key=lambda r: hashlib.sha256(r.id.encode()).hexdigest()):
        group = kept.setdefault(record.corpus.partition("+")[0], [])
        if len(group) < config.select_per_corpus and record.duration_s <= config.max_seconds:
            group.append(record)
    return [record for group in kept.values() for record in group]


def load_examples(records: Iterable[Record], *, in_memory: bool = True) -> list[Example]:
    """Read the records' sound into memory, or leave it in its files.

    Raises:
        ConfigError: a file is not mono 16 kHz, which the pipeline always writes.
    """
    if not in_memory:
        return [StoredExample(record) for record in records]
    return [Example(record, _read(Path(record.audio))) for record in records]


def _read(path: Path) -> NDArray[np.int16]:
    sound: NDArray[np.int16]
    sound, rate_hz = soundfile.read(path, dtype="int16")
    if rate_hz != SAMPLE_RATE_HZ or sound.ndim != 1:
        raise ConfigError(f"{path.name}: {rate_hz} Hz, shape {sound.shape}; want mono 16000 Hz")
    return sound


def _allowed(record: Record, config: DataConfig) -> bool:
    licensed = config.non_commercial or not is_non_commercial(record.licence)
    return licensed and record.duration_s <= config.max_seconds and not _held_out(record, config)


def _held_out(record: Record, config: DataConfig) -> bool:
    if not config.hold_out_speakers:
        return False
    if record.speaker is not None:
        return record.speaker in config.hold_out_speakers
    return int(hashlib.sha256(record.id.encode()).hexdigest(), 16) % 20 == 0
