"""Read the encoder of a Whisper model from CTranslate2's `model.bin`.

The file is a flat list of named arrays (no code, no pickle); layout from
`ctranslate2/specs/model_spec.py` (`LayerSpec._serialize`, binary version 6).
"""

import re
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from uas_model.errors import BadCheckpoint
from uas_model.parts import Encoder, EncoderShape

_DTYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)
_VERSIONS = range(4, 7)
_DIRECT_NAMES = {
    "conv1/weight": "conv1.weight",
    "conv1/bias": "conv1.bias",
    "conv2/weight": "conv2.weight",
    "conv2/bias": "conv2.bias",
    "position_encodings/encodings": "embed_positions.weight",
    "layer_norm/gamma": "layer_norm.weight",
    "layer_norm/beta": "layer_norm.bias",
}
_LAYER_NAMES = {
    "self_attention/layer_norm/gamma": "self_attn_layer_norm.weight",
    "self_attention/layer_norm/beta": "self_attn_layer_norm.bias",
    "self_attention/linear_1/weight": "self_attn.out_proj.weight",
    "self_attention/linear_1/bias": "self_attn.out_proj.bias",
    "ffn/layer_norm/gamma": "final_layer_norm.weight",
    "ffn/layer_norm/beta": "final_layer_norm.bias",
    "ffn/linear_0/weight": "fc1.weight",
    "ffn/linear_0/bias": "fc1.bias",
    "ffn/linear_1/weight": "fc2.weight",
    "ffn/linear_1/bias": "fc2.bias",
}


def read_encoder(path: Path) -> Encoder:
    """Read the encoder half of a CTranslate2 Whisper `model.bin`.

    Raises:
        BadCheckpoint: another kind of file, a cut file, or tensors missing.
    """
    arrays = {
        name.removeprefix("encoder/"): array
        for name, array in _read_arrays(path)
        if name.startswith("encoder/")
    }
    try:
        return _encoder(arrays)
    except KeyError as error:
        raise BadCheckpoint(f"{path.name} holds no tensor encoder/{error.args[0]}") from error


def _encoder(arrays: dict[str, np.ndarray]) -> Encoder:
    layers = len({name.split("/")[0] for name in arrays if re.match(r"layer_\d", name)})
    tensors = {ours: _float32(arrays[theirs]) for theirs, ours in _DIRECT_NAMES.items()}
    for layer in range(layers):
        tensors |= _layer(arrays, layer)
    hidden_size, mel_bins, _ = arrays["conv1/weight"].shape
    shape = EncoderShape(
        hidden_size=hidden_size,
        intermediate_size=arrays["layer_0/ffn/linear_0/bias"].shape[0],
        layers=layers,
        heads=int(arrays["num_heads"]),
        mel_bins=mel_bins,
        positions=arrays["position_encodings/encodings"].shape[0],
    )
    return Encoder(shape=shape, tensors=tensors)


def _layer(arrays: dict[str, np.ndarray], layer: int) -> dict[str, torch.Tensor]:
    """One layer's tensors; CTranslate2 fuses q, k and v, and gives k a bias of zeros."""
    source, target = f"layer_{layer}", f"layers.{layer}"
    tensors = {
        f"{target}.{ours}": _float32(arrays[f"{source}/{theirs}"])
        for theirs, ours in _LAYER_NAMES.items()
    }
    weights = _float32(arrays[f"{source}/self_attention/linear_0/weight"]).chunk(3)
    biases = _float32(arrays[f"{source}/self_attention/linear_0/bias"]).chunk(3)
    for name, weight, bias in zip("qkv", weights, biases, strict=True):
        tensors[f"{target}.self_attn.{name}_proj.weight"] = weight.contiguous()
        if name != "k":
            tensors[f"{target}.self_attn.{name}_proj.bias"] = bias.contiguous()
    return tensors


def _float32(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array.astype(np.float32))


def _read_arrays(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    data = path.read_bytes()
    try:
        yield from _Cursor(data).arrays(path.name)
    except (struct.error, ValueError, UnicodeDecodeError) as error:
        raise BadCheckpoint(f"{path.name} is cut short or is no CTranslate2 model") from error


class _Cursor:
    """Reads little-endian values from a buffer, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._offset = 0

    def arrays(self, file_name: str) -> Iterator[tuple[str, np.ndarray]]:
        version = self._number("I")
        if version not in _VERSIONS:
            raise BadCheckpoint(
                f"{file_name}: binary version {version} is not one of "
                f"{_VERSIONS.start} to {_VERSIONS.stop - 1}; convert the model again"
            )
        specification = self._string()
        if specification != "WhisperSpec":
            raise BadCheckpoint(f"{file_name}: a {specification!r} model, expected a WhisperSpec")
        self._number("I")  # revision of the specification
        for _ in range(self._number("I")):
            yield self._string(), self._array()

    def _number(self, code: str) -> int:
        (value,) = struct.unpack_from(f"<{code}", self._data, self._offset)
        self._offset += struct.calcsize(code)
        return int(value)

    def _string(self) -> str:
        length = self._number("H")
        raw = self._data[self._offset : self._offset + length]
        self._offset += length
        return raw.rstrip(b"\0").decode()

    def _array(self) -> np.ndarray:
        shape = tuple(self._number("I") for _ in range(self._number("B")))
        kind, size = self._number("B"), self._number("I")
        if kind >= len(_DTYPES):
            raise BadCheckpoint(f"CTranslate2 type {kind} is not supported; convert to float16")
        dtype = np.dtype(_DTYPES[kind])
        array = np.frombuffer(self._data, dtype, size // dtype.itemsize, self._offset)
        self._offset += size
        return array.reshape(shape)
