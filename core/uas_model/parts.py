"""The two halves that a model is assembled from, whatever file they were read from."""

from dataclasses import dataclass

import torch
from tokenizers import Tokenizer


@dataclass(frozen=True)
class LanguageModelShape:
    """Sizes of a Llama-shaped language model; the rotary base and epsilon are numbers."""

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    layers: int
    heads: int
    kv_heads: int
    context_tokens: int
    rope_theta: float
    rms_norm_eps: float


@dataclass(frozen=True)
class LanguageModel:
    """Float32 tensors under the names of `LlamaForCausalLM`, their shape and the tokenizer."""

    shape: LanguageModelShape
    tensors: dict[str, torch.Tensor]
    tokenizer: Tokenizer


@dataclass(frozen=True)
class EncoderShape:
    """Sizes of a Whisper encoder. `positions` counts frames after the strided convolution."""

    hidden_size: int
    intermediate_size: int
    layers: int
    heads: int
    mel_bins: int
    positions: int


@dataclass(frozen=True)
class Encoder:
    """Float32 tensors under the names of transformers' `WhisperEncoder`, with their shape."""

    shape: EncoderShape
    tensors: dict[str, torch.Tensor]
