"""Read a Llama-shaped language model and its byte-level tokenizer from a GGUF file.

Quantised blocks are expanded to float32. Knows the names and the row order that llama.cpp gives
the tensors; source: convert_hf_to_gguf.py of ggerganov/llama.cpp.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGUFReader
from gguf.quants import dequantize

from uas_model.errors import BadCheckpoint
from uas_model.parts import LanguageModel, LanguageModelShape
from uas_model.tokenizer import Vocabulary, build_tokenizer

_GLOBAL_NAMES = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_LAYER_TENSOR = re.compile(r"blk\.(\d+)\.(\w+)\.weight")


def read_language_model(path: Path) -> LanguageModel:
    """Read a GGUF file of architecture `llama` with a `gpt2` tokenizer.

    Tied output weights are repeated as `lm_head.weight`.

    Raises:
        BadCheckpoint: the file is of another architecture or tokenizer, or names a tensor that
            a Llama-shaped model does not have.
    """
    reader = GGUFReader(path)
    for key, expected in (("general.architecture", "llama"), ("tokenizer.ggml.model", "gpt2")):
        if _value(reader, key) != expected:
            raise BadCheckpoint(
                f"{path.name}: {key} is {_value(reader, key)!r}; only {expected!r} is supported"
            )
    shape = _shape(reader)
    tensors = {_published_name(tensor.name): _tensor(tensor, shape) for tensor in reader.tensors}
    tensors.setdefault("lm_head.weight", tensors["model.embed_tokens.weight"])
    return LanguageModel(shape, tensors, build_tokenizer(_vocabulary(reader)))


def _value(reader: GGUFReader, key: str) -> Any:
    field = reader.get_field(key)
    if field is None:
        raise BadCheckpoint(f"the GGUF file has no field {key!r}")
    return field.contents()


def _shape(reader: GGUFReader) -> LanguageModelShape:
    return LanguageModelShape(
        vocab_size=_value(reader, "llama.vocab_size"),
        hidden_size=_value(reader, "llama.embedding_length"),
        intermediate_size=_value(reader, "llama.feed_forward_length"),
        layers=_value(reader, "llama.block_count"),
        heads=_value(reader, "llama.attention.head_count"),
        kv_heads=_value(reader, "llama.attention.head_count_kv"),
        context_tokens=_value(reader, "llama.context_length"),
        rope_theta=_value(reader, "llama.rope.freq_base"),
        rms_norm_eps=_value(reader, "llama.attention.layer_norm_rms_epsilon"),
    )


def _vocabulary(reader: GGUFReader) -> Vocabulary:
    control = 3  # token type of control tokens, gguf.TokenType.CONTROL
    types = _value(reader, "tokenizer.ggml.token_type")
    pairs = (merge.split(" ") for merge in _value(reader, "tokenizer.ggml.merges"))
    return Vocabulary(
        tokens=tuple(_value(reader, "tokenizer.ggml.tokens")),
        merges=tuple((left, right) for left, right in pairs),
        control_ids=tuple(index for index, kind in enumerate(types) if kind == control),
        pre_tokenizer=_value(reader, "tokenizer.ggml.pre"),
    )


def _published_name(name: str) -> str:
    if name in _GLOBAL_NAMES:
        return _GLOBAL_NAMES[name]
    match = _LAYER_TENSOR.fullmatch(name)
    if match is None or match[2] not in _LAYER_NAMES:
        raise BadCheckpoint(f"the GGUF file holds a tensor {name!r} that Llama models do not have")
    return f"model.layers.{match[1]}.{_LAYER_NAMES[match[2]]}.weight"


def _tensor(tensor: Any, shape: LanguageModelShape) -> torch.Tensor:
    values = dequantize(tensor.data, tensor.tensor_type)
    if ".attn_q." in tensor.name:
        values = _restore_rotary_rows(values, shape.heads)
    elif ".attn_k." in tensor.name:
        values = _restore_rotary_rows(values, shape.kv_heads)
    return torch.from_numpy(np.array(values, dtype=np.float32))


def _restore_rotary_rows(values: np.ndarray, heads: int) -> np.ndarray:
    """Undo llama.cpp's interleaving of the two rotary halves: [heads * d, D] -> [heads * d, D]."""
    rows, columns = values.shape
    halves = values.reshape(heads, rows // heads // 2, 2, columns)
    return halves.swapaxes(1, 2).reshape(rows, columns)
