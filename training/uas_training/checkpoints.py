"""Checkpoints of a running stage: one safetensors file, whole or not there.

It holds what trains, the optimizer's moments and the position in the data. Frozen weights are not
stored: they come from the base model. Resuming on one machine is bit-equal.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from uas_training.config import ConfigError
from uas_training.processes import part_like, processes, whole


@dataclass(frozen=True)
class Position:
    """The next batch to train on: ``batch`` of ``epoch``, after ``step`` optimizer steps."""

    epoch: int = 0
    batch: int = 0
    step: int = 0


def save_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write tensors and text beside them atomically (temporary file, fsync, rename).

    Of several processes the first one writes; all have to call.
    """
    first = processes().first
    held = {}
    for name, tensor in tensors.items():
        full = whole(tensor.detach())
        if first:
            held[name] = full.cpu().contiguous()
    if not first:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".unfinished")
    save_file(held, unfinished, metadata=dict(metadata))
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(path)


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read a file of ``save_tensors``.

    Raises:
        ConfigError: there is no such file, or it is not safetensors.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118 (not a dict)
    except (OSError, SafetensorError) as error:
        raise ConfigError(f"{path} is not a readable checkpoint: {error}") from error


def save_checkpoint(
    path: Path,
    weights: Mapping[str, Tensor],
    optimizer: torch.optim.Optimizer,
    position: Position,
    fingerprint: str,
    *,
    batches_per_step: int,
) -> None:
    """Store a stage. ``weights`` are the trainable ones by name, in the optimizer's order."""
    tensors = {f"weights.{name}": tensor for name, tensor in weights.items()}
    for name, tensor in weights.items():
        for moment, value in optimizer.state.get(tensor, {}).items():
            tensors[f"optimizer.{moment}.{name}"] = value
    metadata = {
        "epoch": str(position.epoch),
        "batch": str(position.batch),
        "step": str(position.step),
        "fingerprint": fingerprint,
        "batches_per_step": str(batches_per_step),
    }
    save_tensors(path, tensors, metadata)


def stopped_weights(path: Path) -> tuple[dict[str, Tensor], int]:
    """What had trained when a stage was stopped, by name, and after how many steps.

    Raises:
        ConfigError: there is no readable checkpoint.
    """
    tensors, metadata = load_tensors(path)
    prefix = "weights."
    weights = {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
    return weights, int(metadata["step"])


def load_checkpoint(
    path: Path,
    weights: Mapping[str, Tensor],
    optimizer: torch.optim.Optimizer,
    fingerprint: str,
    *,
    batches_per_step: int,
) -> Position:
    """Restore what ``save_checkpoint`` stored, in place.

    Raises:
        ConfigError: the checkpoint belongs to another configuration or model, or its steps are of
            another number of batches.
    """
    tensors, metadata = load_tensors(path)
    if metadata.get("fingerprint") != fingerprint:
        raise ConfigError(
            f"{path} was made by another configuration; give a new output folder or remove it"
        )
    stored = int(metadata.get("batches_per_step", "1"))
    if stored != batches_per_step:
        raise ConfigError(
            f"{path} was made with {stored} batches a step and this run has {batches_per_step}; "
            "set run.accumulate so that accumulate times processes is the same"
        )
    with torch.no_grad():
        for name, tensor in weights.items():
            tensor.copy_(part_like(tensor, tensors[f"weights.{name}"]))
    for name, tensor in weights.items():
        suffix = f".{name}"
        moments = {
            key.removeprefix("optimizer.").removesuffix(suffix): (
                part_like(tensor, value) if value.dim() else value  # "step" stays on the CPU
            )
            for key, value in tensors.items()
            if key.startswith("optimizer.")
            and key.endswith(suffix)
            and "." not in key.removeprefix("optimizer.").removesuffix(suffix)
        }
        if moments:
            optimizer.state[tensor] = moments
    return Position(*(int(metadata[key]) for key in ("epoch", "batch", "step")))
