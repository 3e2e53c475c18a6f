"""Pack trained weights small, and apply them to base weights.

A packed file holds, per published tensor name: the tensor itself (replaces the base's), or
`<name>.delta` (added to it), or `<name>.lora_a` `[r, in]` with `<name>.lora_b` `[out, r]` (their
scaled product is added). Everything is bf16; applying happens in float32. Needs no PEFT.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from uas_model.checksum import sha256_file, verify_sha256
from uas_model.errors import BadCheckpoint, UnsafeCheckpoint
from uas_model.manifest import Manifest, read_manifest, write_manifest
from uas_model.names import check_names

TRAINED_FILE = "trained.safetensors"
DELTA, LORA_A, LORA_B = ".delta", ".lora_a", ".lora_b"


@dataclass(frozen=True)
class Adapter:
    """LoRA factors of one weight matrix: `a` `[r, in]` and `b` `[out, r]`."""

    a: torch.Tensor
    b: torch.Tensor


@dataclass(frozen=True)
class TrainedWeights:
    """What training changed, by published tensor name.

    Attributes:
        replaced: whole tensors (the projector; an encoder that trained).
        deltas: differences to the base, where that is more exact in bf16.
        adapters: LoRA factors, scaled by the manifest's alpha / rank.
    """

    replaced: Mapping[str, torch.Tensor] = field(default_factory=dict)
    deltas: Mapping[str, torch.Tensor] = field(default_factory=dict)
    adapters: Mapping[str, Adapter] = field(default_factory=dict)


def pack_trained(weights: TrainedWeights, manifest: Manifest, folder: Path) -> Path:
    """Write `trained.safetensors` and `weights.yaml` into a folder and return it.

    `manifest.files` is filled in here.

    Raises:
        BadCheckpoint: a name is not a published one, or a rank is not the manifest's.
    """
    check_names([*weights.replaced, *weights.deltas, *weights.adapters])
    for name, adapter in weights.adapters.items():
        _check_rank(name, adapter, manifest.lora_rank)
    folder.mkdir(parents=True, exist_ok=True)
    stored = {
        name: tensor.detach().to("cpu", torch.bfloat16).contiguous()
        for name, tensor in _flat(weights)
    }
    save_file(stored, folder / TRAINED_FILE)
    files = {TRAINED_FILE: sha256_file(folder / TRAINED_FILE)}
    write_manifest(manifest.model_copy(update={"files": files}), folder)
    return folder


def read_trained(folder: Path) -> tuple[TrainedWeights, Manifest]:
    """Read packed weights, verified.

    Raises:
        WeightsMissing: the folder holds no `weights.yaml`.
        ChecksumMismatch: a file is not the one that the manifest names.
        UnsafeCheckpoint: a file is a link that leads outside the folder.
        BadCheckpoint: a file is missing or no safetensors, or a name or rank is wrong.
    """
    manifest = read_manifest(folder)
    tensors: dict[str, torch.Tensor] = {}
    for name, expected in manifest.files.items():
        tensors |= _read_file(folder, name, expected)
    return _sorted_out(tensors, manifest.lora_rank), manifest


def apply_trained(
    base: Mapping[str, torch.Tensor], weights: TrainedWeights, lora_scale: float
) -> dict[str, torch.Tensor]:
    """The base's tensors with the trained ones applied, in float32; `base` stays as it is.

    Raises:
        BadCheckpoint: a trained tensor has no counterpart of its shape in the base.
    """
    return {name: tensor.float() for name, tensor in merged_tensors(base, weights, lora_scale)}


def merged_tensors(
    base: Mapping[str, torch.Tensor], weights: TrainedWeights, lora_scale: float
) -> Iterator[tuple[str, torch.Tensor]]:
    """The base's tensors one after the other, those that trained merged in float32.

    The others come as the base holds them. One is made at a time, when it is asked for.

    Raises:
        BadCheckpoint: a trained tensor has no counterpart of its shape in the base; at once, before
            the first is made.
    """
    for name, tensor in (*weights.replaced.items(), *weights.deltas.items()):
        _check_shape(name, tensor.shape, base)
    for name, adapter in weights.adapters.items():
        _check_shape(name, torch.Size((len(adapter.b), adapter.a.shape[1])), base)
    return ((name, _merged(name, tensor, weights, lora_scale)) for name, tensor in base.items())


def _merged(
    name: str, tensor: torch.Tensor, weights: TrainedWeights, lora_scale: float
) -> torch.Tensor:
    if name in weights.replaced:
        tensor = weights.replaced[name].float()
    if name in weights.deltas:
        tensor = tensor.float() + weights.deltas[name].float()
    if name in weights.adapters:
        adapter = weights.adapters[name]
        tensor = tensor.float() + lora_scale * (adapter.b.float() @ adapter.a.float())
    return tensor


def _flat(weights: TrainedWeights) -> Iterator[tuple[str, torch.Tensor]]:
    yield from weights.replaced.items()
    for name, tensor in weights.deltas.items():
        yield name + DELTA, tensor
    for name, adapter in weights.adapters.items():
        yield name + LORA_A, adapter.a
        yield name + LORA_B, adapter.b


def _read_file(folder: Path, name: str, expected: str) -> dict[str, torch.Tensor]:
    path = folder / name
    if not path.is_file():
        raise BadCheckpoint(f"{folder.name}/{name} is missing; weights.yaml names it")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UnsafeCheckpoint(f"{folder.name}/{name} is a link that leads outside the folder")
    verify_sha256(path, expected)
    try:
        return load_file(path)
    except SafetensorError as error:
        raise BadCheckpoint(f"{folder.name}/{name} is no safetensors file: {error}") from error


def _sorted_out(tensors: dict[str, torch.Tensor], rank: int) -> TrainedWeights:
    deltas = _with_suffix(tensors, DELTA)
    a, b = _with_suffix(tensors, LORA_A), _with_suffix(tensors, LORA_B)
    if alone := a.keys() ^ b.keys():
        raise BadCheckpoint(f"{min(alone)} has one LoRA factor only; pack the weights again")
    adapters = {name: Adapter(a=a[name], b=b[name]) for name in a}
    for name, adapter in adapters.items():
        _check_rank(name, adapter, rank)
    suffixes = (DELTA, LORA_A, LORA_B)
    replaced = {name: value for name, value in tensors.items() if not name.endswith(suffixes)}
    check_names([*replaced, *deltas, *adapters])
    return TrainedWeights(replaced=replaced, deltas=deltas, adapters=adapters)


def _with_suffix(tensors: dict[str, torch.Tensor], suffix: str) -> dict[str, torch.Tensor]:
    return {
        name.removesuffix(suffix): tensor
        for name, tensor in tensors.items()
        if name.endswith(suffix)
    }


def _check_rank(name: str, adapter: Adapter, rank: int) -> None:
    found = (adapter.a.shape[0], adapter.b.shape[1])
    if found != (rank, rank):
        raise BadCheckpoint(f"{name}: LoRA factors of ranks {found}, weights.yaml says {rank}")


def _check_shape(name: str, shape: torch.Size, base: Mapping[str, torch.Tensor]) -> None:
    if name not in base:
        raise BadCheckpoint(
            f"trained tensor {name} has no counterpart in the base; take the one it was trained on"
        )
    if base[name].shape != shape:
        raise BadCheckpoint(
            f"trained tensor {name} has shape {tuple(shape)}, the base's has "
            f"{tuple(base[name].shape)}; take the one it was trained on"
        )
