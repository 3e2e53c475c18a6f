"""CTranslate2 files: what is written is read, and cut or foreign files are refused."""

import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from uas_model.ct2 import read_encoder
from uas_model.errors import BadCheckpoint
from uas_model.parts import Encoder

NAMES = {
    "conv1/weight": "conv1.weight",
    "conv1/bias": "conv1.bias",
    "conv2/weight": "conv2.weight",
    "conv2/bias": "conv2.bias",
    "position_encodings/encodings": "embed_positions.weight",
    "layer_norm/gamma": "layer_norm.weight",
    "layer_norm/beta": "layer_norm.bias",
}
LAYER_NAMES = {
    "self_attention/layer_norm": "self_attn_layer_norm",
    "ffn/layer_norm": "final_layer_norm",
    "self_attention/linear_1": "self_attn.out_proj",
    "ffn/linear_0": "fc1",
    "ffn/linear_1": "fc2",
}


def arrays_of(encoder: Encoder) -> dict[str, np.ndarray]:
    """The arrays that CTranslate2's converter makes of an encoder: q, k and v fused."""
    tensors = {name: tensor.numpy() for name, tensor in encoder.tensors.items()}
    arrays = {f"encoder/{theirs}": tensors[ours] for theirs, ours in NAMES.items()}
    arrays["encoder/num_heads"] = np.array(encoder.shape.heads, dtype=np.int16)
    for layer in range(encoder.shape.layers):
        source, target = f"layers.{layer}.", f"encoder/layer_{layer}/"
        for theirs, ours in LAYER_NAMES.items():
            norm = theirs.endswith("layer_norm")
            for kind, suffix in (("weight", "gamma"), ("bias", "beta")):
                name = f"{target}{theirs}/{suffix if norm else kind}"
                arrays[name] = tensors[f"{source}{ours}.{kind}"]
        attention = f"{source}self_attn."
        weights = [tensors[f"{attention}{name}_proj.weight"] for name in "qkv"]
        query, value = (tensors[f"{attention}{name}_proj.bias"] for name in "qv")
        fused = f"{target}self_attention/linear_0/"
        arrays[f"{fused}weight"] = np.concatenate(weights)
        arrays[f"{fused}bias"] = np.concatenate([query, np.zeros_like(query), value])
    return arrays


def serialise(arrays: dict[str, np.ndarray], version: int = 6, spec: str = "WhisperSpec") -> bytes:
    """The bytes of a `model.bin`, as `ctranslate2/specs/model_spec.py` writes them."""
    kinds = {"float32": 0, "int16": 2, "float16": 4}
    out = struct.pack("<I", version) + _string(spec) + struct.pack("<II", 3, len(arrays))
    for name, array in arrays.items():
        out += _string(name) + struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape)
        out += struct.pack("<BI", kinds[array.dtype.name], array.nbytes) + array.tobytes()
    return out + struct.pack("<I", 0)


def _string(text: str) -> bytes:
    return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"


@pytest.fixture
def model_bin(encoder: Encoder, tmp_path: Path) -> Path:
    path = tmp_path / "model.bin"
    path.write_bytes(serialise(arrays_of(encoder)))
    return path


def test_every_tensor_comes_back(encoder: Encoder, model_bin: Path) -> None:
    found = read_encoder(model_bin)
    assert found.shape == encoder.shape
    assert found.tensors.keys() == encoder.tensors.keys()
    for name, tensor in encoder.tensors.items():
        assert torch.equal(found.tensors[name], tensor), name


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_a_file_cut_anywhere_is_refused(
    model_bin: Path, tmp_path: Path, data: st.DataObject
) -> None:
    whole = model_bin.read_bytes()
    cut = tmp_path / "cut.bin"
    cut.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 5))])
    with pytest.raises(BadCheckpoint):
        read_encoder(cut)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 9}, "binary version 9 is not one of 4 to 6"),
        ({"spec": "TransformerSpec"}, "a 'TransformerSpec' model, expected a WhisperSpec"),
    ],
)
def test_another_kind_of_file_is_refused(
    encoder: Encoder, tmp_path: Path, change: dict[str, int | str], message: str
) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(serialise(arrays_of(encoder), **change))  # type: ignore[arg-type]
    with pytest.raises(BadCheckpoint, match=message):
        read_encoder(path)


def test_a_missing_tensor_is_named(encoder: Encoder, tmp_path: Path) -> None:
    arrays = arrays_of(encoder)
    del arrays["encoder/layer_1/ffn/linear_0/bias"]
    path = tmp_path / "model.bin"
    path.write_bytes(serialise(arrays))
    with pytest.raises(BadCheckpoint, match="no tensor encoder/layer_1/ffn/linear_0/bias"):
        read_encoder(path)
