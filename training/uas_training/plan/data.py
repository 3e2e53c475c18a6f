"""The data of a stage before it is read: how much, how long, what is known of it.

Opens manifests, not sound files; only looks whether those are there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from uas_model.audio_tokens import WINDOW_S
from uas_schema.errors import DataError
from uas_schema.records import KNOWN_FIELDS, Record
from uas_training.config import AnyConfig, ConfigError, GrpoConfig, TuneConfig
from uas_training.data.batches import epoch_batches
from uas_training.data.examples import (
    read_manifests,
    repeats_of,
    selection_records,
    training_records,
)
from uas_training.data.texts import read_texts


@dataclass(frozen=True)
class DataPlan:
    """``hours`` of clips in an epoch, cut into ``batches`` of (clips, seconds of the longest).

    ``known`` is the share of clips for which each field is known; empty without manifests.
    ``texts`` are those that are learned beside them.
    """

    clips: int
    held_out: int
    hours: float
    longest_s: float
    batches: Sequence[tuple[int, float]]
    known: dict[str, float]
    texts: int = 0

    @property
    def memory_gib(self) -> float:
        """The clips as int16 in memory."""
        return self.hours * 3600 * 32_000 / 2**30


def planned_data(config: AnyConfig) -> DataPlan:
    """What the manifests hold for the stage.

    Raises:
        ConfigError: a manifest, a record, a text or a sound file is not right, nothing is left to
            train on, or clips may be longer than the model hears.
    """
    check_length(config)
    text = config.text if isinstance(config, TuneConfig) else None
    texts = [] if text is None else read_texts(text.manifests)
    try:
        records = read_manifests(config.data.manifests)
    except DataError as error:
        raise ConfigError(str(error)) from error
    training = training_records(records, config.data)
    if not training:
        raise ConfigError("no training record is left; check manifests, licences and max_seconds")
    _check_files(training)
    lengths_s = np.array([record.duration_s for record in training])
    repeats = repeats_of([SimpleNamespace(record=one) for one in training], config.data)  # type: ignore[misc]  # only their records are read
    batches = epoch_batches(
        lengths_s,
        repeats,
        batch_seconds=config.schedule.batch_seconds,
        seed=config.seed,
        epoch=0,
        most=_most_clips(config),
    )
    if not batches:
        raise ConfigError("an epoch has no batch; every corpus in data.repeats is 0")
    chosen = [index for batch in batches for index in batch]
    return DataPlan(
        clips=len(chosen),
        held_out=len(selection_records(records, config.data)),
        hours=float(lengths_s[chosen].sum()) / 3600,
        longest_s=float(lengths_s.max()),
        batches=[(len(batch), float(lengths_s[batch].max())) for batch in batches],
        known={
            field: round(float(np.mean([r.known[field] != "none" for r in training])), 3)
            for field in KNOWN_FIELDS
        },
        texts=len(texts),
    )


def stated_data(config: AnyConfig, hours: float) -> DataPlan:
    """``hours`` of clips of half of ``max_seconds`` each, for a plan before there is data.

    Raises:
        ConfigError: clips may be longer than the model hears.
    """
    check_length(config)
    seconds = config.data.max_seconds / 2
    clips = max(1, round(hours * 3600 / seconds))
    together = max(1, int(config.schedule.batch_seconds // seconds))
    together = min(together, _most_clips(config) or together)
    batches = [(together, seconds)] * -(-clips // together)
    return DataPlan(clips, 0, hours, config.data.max_seconds, batches, {})


def _most_clips(config: AnyConfig) -> int | None:
    return config.batch_clips if isinstance(config, GrpoConfig) else None


def check_length(config: AnyConfig) -> None:
    """Raises ``ConfigError`` if clips or batches are longer or shorter than can be."""
    longest = config.data.max_seconds
    if longest > WINDOW_S:
        raise ConfigError(f"data.max_seconds is {longest}; the encoder hears {WINDOW_S} s at most")


def _check_files(records: Sequence[Record]) -> None:
    missing = [record.audio for record in records if not Path(record.audio).is_file()]
    if missing:
        raise ConfigError(
            f"{len(missing)} of {len(records)} sound files are missing, first {missing[0]}"
        )
