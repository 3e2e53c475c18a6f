"""``uas train export``: the whole checkpoint of a finished stage, ready to be served.

Any stage on any base. What the checkpoint says of itself is the base's, with what the stage
changed and what the caller says; the weights are in ``uas_training.whole_model``.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from uas_model.checkpoint import DRAFT_FOLDER, UNKNOWN_LICENCE, Checkpoint, CheckpointInfo, DraftUse
from uas_model.checksum import sha256_file
from uas_model.shards import SHARD_BYTES
from uas_training.config import (
    AlignConfig,
    AnyConfig,
    ConfigError,
    LanguageConfig,
    LowRankConfig,
    load_config,
)
from uas_training.evaluation.bench.progress import Progress, Silent
from uas_training.expanding import expanded_model
from uas_training.finished import stages_of
from uas_training.loop import FINAL
from uas_training.packing import document_window_s
from uas_training.whole_model import whole_model, write_model


@dataclass(frozen=True)
class Export:
    """What the caller says of the checkpoint.

    Attributes:
        name: under which it is served; None takes the folder's.
        licence: SPDX expression of the weights; None says that it is not known.
        languages: ISO 639-1 codes of transcripts; None keeps the base's.
        wants_draft: where a drafted transcript goes; None is as ``wants_draft`` says.
        stored_type: of every tensor; None leaves each in that of the base.
        shard_bytes: the largest file.
    """

    name: str | None = None
    licence: str | None = None
    languages: tuple[str, ...] | None = None
    wants_draft: DraftUse | None = None
    stored_type: torch.dtype | None = None
    shard_bytes: int = SHARD_BYTES


def export(
    config_path: Path,
    target: Path,
    asked: Export = Export(),
    progress: Progress = Silent(),  # noqa: B008 (it holds nothing)
) -> CheckpointInfo:
    """Write the checkpoint of a finished stage into ``target``, whole or not at all.

    Returns what the checkpoint says of itself.

    Raises:
        ConfigError: the configuration is wrong, a stage is not finished or not that of the
            configuration, or ``target`` holds something that must not be replaced.
        uas_model.errors.ModelError: the base is no right checkpoint, a tensor does not belong to
            it, or a file cannot be written.
    """
    config = load_config(config_path)
    check_target(config, target)
    base = Checkpoint.open(config.base)
    if isinstance(config, AlignConfig):
        model = expanded_model(config, base, asked.stored_type)
        base = replace(base, info=replace(base.info, draft_model=None, audio="tokens"))
    else:
        model = whole_model(config, base, asked.stored_type)
    stored = {"dtype": str(model.stored_type).removeprefix("torch.")}
    info = replace(
        base.info,
        name=asked.name or target.resolve().name,
        licence=asked.licence or UNKNOWN_LICENCE,
        languages=asked.languages or base.info.languages,
        wants_draft=asked.wants_draft or wants_draft(config, base.info),
        draft_model=DRAFT_FOLDER if base.info.draft_model is not None else None,
        variant=variant(config, base.info),
        document_window_s=window_s(config, base.info),
        built_from=built_from(config_path, config, base) | stored,
        weights_sha256={},
    )
    write_model(model, target, info, shard_bytes=asked.shard_bytes, progress=progress)
    return info


def check_target(config: AnyConfig, target: Path) -> None:
    """Refuse to replace what the stage is made of, and what is no checkpoint.

    Raises:
        ConfigError: names the folder and what to do.
    """
    for folder in (config.base, *stages_of(config).values()):
        if folder.resolve().is_relative_to(target.resolve()):
            raise ConfigError(
                f"{target} would replace {folder}, which the stage is made of; name another folder"
            )
    empty = target.is_dir() and not any(target.iterdir())
    if target.exists() and not empty and not (target / "config.json").is_file():
        raise ConfigError(f"{target} is there and is no checkpoint; name another folder")


def wants_draft(config: AnyConfig, base: CheckpointInfo) -> DraftUse:
    """The base's wish; of an untrained base with a draft model what ``uas train pack`` writes.

    Such a base wants none, as it cannot write documents. After ``tune`` it can.
    """
    untrained = base.draft_model is not None and base.wants_draft == "none"
    return "forced" if untrained and isinstance(config, LowRankConfig) else base.wants_draft


def variant(config: AnyConfig, base: CheckpointInfo) -> str:
    """``nc`` if the stage may have learnt from non-commercial data, or the base has."""
    return "nc" if config.data.non_commercial or base.variant == "nc" else "open"


def window_s(config: AnyConfig, base: CheckpointInfo) -> int | None:
    """What documents are cut to, in seconds: see ``document_window_s``; the base's without them."""
    if isinstance(config, LanguageConfig):
        return min(document_window_s(config.data.max_seconds), base.window_s)
    return base.document_window_s


def built_from(config_path: Path, config: AnyConfig, base: Checkpoint) -> dict[str, str]:
    """The base and the run: names, and SHA-256 of the base's weights and of every stage's."""
    named = {
        "base_name": base.info.name,
        "stage": config.stage,
        "config": config_path.name,
        "seed": str(config.seed),
    }
    known = base.info.weights_sha256
    sums = {
        f"base/{file.name}": known.get(file.name) or sha256_file(file)
        for file in sorted(base.path.glob("*.safetensors"))
    }
    runs = {f"{key}/{FINAL}": folder / FINAL for key, folder in stages_of(config).items()}
    return named | sums | {name: sha256_file(file) for name, file in runs.items()}
