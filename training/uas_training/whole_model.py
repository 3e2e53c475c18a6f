"""A finished stage as a whole model, made tensor by tensor while it is written.

What is beside the weights is the base's: processor, draft model, codebook. Knows no command and
nothing of what the checkpoint says of itself.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from torch import Tensor, dtype
from transformers import AutoConfig

from uas_model.checkpoint import CODEBOOK_FOLDER, DRAFT_FOLDER, Checkpoint, CheckpointInfo
from uas_model.export import new_folder, write_config, write_processor, write_weights
from uas_model.names import EMBEDDINGS
from uas_model.shards import SHARD_BYTES, read_tensors
from uas_model.trained import merged_tensors
from uas_training.config import AnyConfig
from uas_training.evaluation.bench.progress import Progress, Silent
from uas_training.finished import finished_rows, finished_weights, lora_scale
from uas_training.token_base import replaced_matrices

_PROCESSOR = (
    "processor_config.json",
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
    "chat_template.json",
)
"""Files that transformers reads a processor from."""


@dataclass(frozen=True)
class WholeModel:
    """A model before it is written.

    Attributes:
        names: published names of its tensors, in the order of ``tensors``.
        tensors: each is made when it is asked for, in the type it is stored in; they can be taken
            once.
        shape: its configuration, of transformers.
        stored_type: type of the embeddings, which stands for all in the configuration.
        write_rest: writes what is beside weights and configuration into a folder.
    """

    names: tuple[str, ...]
    tensors: Iterator[tuple[str, Tensor]]
    shape: Any
    stored_type: dtype
    write_rest: Callable[[Path], None]


def whole_model(config: AnyConfig, base: Checkpoint, as_type: dtype | None = None) -> WholeModel:
    """The base with what a finished stage and those beneath it moved.

    ``as_type`` is the stored type of every tensor; None leaves each in that of the base. Merging is
    in float32 either way.

    Raises:
        ConfigError: a stage is not finished, or is not that of the configuration.
        uas_model.errors.BadCheckpoint: the base is damaged, or a tensor does not belong to it.
    """
    stored = read_tensors(base.path)
    stored |= replaced_matrices(finished_rows(config), stored)
    merged = merged_tensors(stored, finished_weights(config), lora_scale(config))
    shape = AutoConfig.from_pretrained(base.path, local_files_only=True)
    return WholeModel(
        names=tuple(stored),
        tensors=((name, tensor.to(as_type or stored[name].dtype)) for name, tensor in merged),
        shape=shape,
        stored_type=as_type or stored[EMBEDDINGS].dtype,
        write_rest=lambda folder: _copy_rest(base, shape, folder),
    )


def write_model(
    model: WholeModel,
    target: Path,
    info: CheckpointInfo,
    *,
    shard_bytes: int = SHARD_BYTES,
    progress: Progress = Silent(),  # noqa: B008 (it holds nothing)
) -> Path:
    """Write the model into ``target``, whole or not at all.

    Raises:
        uas_model.errors.ModelError: a file cannot be written, or a part of the processor is
            missing.
    """
    watched = _watched(model, progress)
    with new_folder(target) as folder:
        write_weights(watched, folder, None, shard_bytes)
        model.write_rest(folder)
        write_config(model.shape, folder, model.stored_type, info)
    return target


def _watched(model: WholeModel, progress: Progress) -> Iterable[tuple[str, Tensor]]:
    for _, named in zip(progress.over(model.names, "tensors"), model.tensors, strict=True):
        yield named


def _copy_rest(base: Checkpoint, shape: Any, folder: Path) -> None:
    """Processor, draft model and codebook of the base; a processor is made where it has none."""
    for name in _PROCESSOR:
        if (base.path / name).is_file():
            shutil.copyfile(base.path / name, folder / name)
    if not _has_processor(base.path):
        tokenizer = Tokenizer.from_file(str(base.path / "tokenizer.json"))
        bins = shape.audio_config.num_mel_bins
        write_processor(tokenizer, folder, bins, base.info.prompt_family)
    for source, name in (
        (base.draft_path, DRAFT_FOLDER),
        (base.path / CODEBOOK_FOLDER, CODEBOOK_FOLDER),
    ):
        if source is not None and source.is_dir():
            shutil.copytree(source, folder / name)


def _has_processor(folder: Path) -> bool:
    features = ("processor_config.json", "preprocessor_config.json")
    known = (folder / "tokenizer_config.json").is_file()
    return known and any((folder / name).is_file() for name in features)
