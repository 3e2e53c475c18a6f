"""Which clips the arms hear: the same for every arm of a seed, and none that only some can learn.

A clip takes part where it can be asked everything that any arm asks, however it is disturbed.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from uas_schema.records import Record, write_records
from uas_training.ablation.config import (
    MANIFEST,
    START,
    AblationConfig,
    clips_folder,
    clips_of_run,
)
from uas_training.config import ConfigError, DataConfig
from uas_training.data.asking import can_be_asked, uncertain_fields
from uas_training.data.examples import read_manifests, training_records

_START_STREAM = 2**32  # no seed of a run, so that the start draws clips of its own


def prepare_clips(config: AblationConfig) -> None:
    """Draw the clips of the start and of every seed, and write a manifest of each if need be.

    Raises:
        ConfigError: there are fewer clips than the configuration asks for.
    """
    records = usable_records(config)
    spoken = [record for record in records if record.document.has_voice]
    _draw(spoken, config.start.clips, _START_STREAM, config.output / START, "start.clips")
    for seed in config.seeds:
        _draw(records, clips_of_run(config), seed, clips_folder(config, seed), "samples")


def usable_records(config: AblationConfig) -> list[Record]:
    """Training records that every arm can learn from."""
    data = DataConfig(
        manifests=config.clips.manifests,
        non_commercial=config.clips.non_commercial,
        max_seconds=config.clips.max_seconds,
    )
    without = uncertain_fields(config.augment)
    kinds = {"transcript", *(kind for arm in config.arms.values() for kind in arm)}
    return [
        record
        for record in training_records(read_manifests(data.manifests), data)
        if all(can_be_asked(record, kind, without) for kind in sorted(kinds))
    ]


def _draw(records: Sequence[Record], count: int, stream: int, folder: Path, key: str) -> None:
    path = folder / MANIFEST
    if path.is_file():
        return
    if count > len(records):
        raise ConfigError(
            f"{key} asks for {count} different clips, and {len(records)} can be asked what every "
            "arm asks; ask for fewer, hear them in more epochs, or take longer clips"
        )
    chosen = np.random.default_rng(stream).choice(len(records), count, replace=False)
    folder.mkdir(parents=True, exist_ok=True)
    write_records(path, [_beside(records[index], folder) for index in sorted(chosen)])


def _beside(record: Record, folder: Path) -> Record:
    """The record with the path of its clip as a manifest in ``folder`` names it."""
    return record.replace(audio=os.path.relpath(record.audio, folder))
