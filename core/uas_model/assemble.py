"""Put an encoder and a language model together as one AudioFlamingo3 model.

The language model is Llama-shaped and becomes Qwen2 with biases of zero on q, k and v, which is
the same function. Tensors carry the names that published AudioFlamingo3 checkpoints use and that
both stock transformers and vLLM read: `audio_tower.*`, `multi_modal_projector.*`,
`language_model.model.*`, `language_model.lm_head.weight`. Knows nothing of files.
"""

import math
from dataclasses import dataclass

import torch
from transformers import AudioFlamingo3Config, AudioFlamingo3EncoderConfig, Qwen2Config

from uas_model.names import EMBEDDINGS, ENCODER, OUTPUT
from uas_model.parts import Encoder, EncoderShape, LanguageModel, LanguageModelShape

PROJECTOR_SEED = 20260412
GELU_SECOND_MOMENT = 0.4252
"""E[gelu(x)^2] for x ~ N(0, 1), by numerical integration."""


@dataclass(frozen=True)
class Assembled:
    """A whole model: its configuration, its float32 tensors by published name, its mel bins."""

    config: AudioFlamingo3Config
    tensors: dict[str, torch.Tensor]
    mel_bins: int


def assemble(encoder: Encoder, language_model: LanguageModel, audio_token_id: int) -> Assembled:
    """Join the two halves with a fresh projector.

    `audio_token_id` is the id of `<sound>`. When it lies one past the language model's
    vocabulary, the embedding and output matrices grow by one row.
    """
    vocab_size = max(language_model.shape.vocab_size, audio_token_id + 1)
    config = AudioFlamingo3Config(
        audio_config=_audio_config(encoder.shape),
        text_config=_text_config(language_model.shape, vocab_size),
        audio_token_id=audio_token_id,
    )
    config.tie_word_embeddings = False
    text = _language_model_tensors(language_model, vocab_size)
    embeddings = text[EMBEDDINGS]
    tensors = {ENCODER + name: tensor for name, tensor in encoder.tensors.items()}
    tensors |= _projector(encoder, embeddings) | text
    return Assembled(config=config, tensors=tensors, mel_bins=encoder.shape.mel_bins)


def _audio_config(shape: EncoderShape) -> AudioFlamingo3EncoderConfig:
    return AudioFlamingo3EncoderConfig(
        num_mel_bins=shape.mel_bins,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.intermediate_size,
        hidden_size=shape.hidden_size,
        max_source_positions=shape.positions,
    )


def _text_config(shape: LanguageModelShape, vocab_size: int) -> Qwen2Config:
    return Qwen2Config(
        vocab_size=vocab_size,
        hidden_size=shape.hidden_size,
        intermediate_size=shape.intermediate_size,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        max_position_embeddings=shape.context_tokens,
        rms_norm_eps=shape.rms_norm_eps,
        rope_parameters={"rope_type": "default", "rope_theta": shape.rope_theta},
        tie_word_embeddings=False,
        use_sliding_window=False,
    )


def _language_model_tensors(
    language_model: LanguageModel, vocab_size: int
) -> dict[str, torch.Tensor]:
    tensors = {f"language_model.{name}": tensor for name, tensor in language_model.tensors.items()}
    for name in (EMBEDDINGS, OUTPUT):
        tensors[name] = _with_rows(tensors[name], vocab_size)
    for name, tensor in list(tensors.items()):
        if name.endswith(("q_proj.weight", "k_proj.weight", "v_proj.weight")):
            tensors[name.removesuffix("weight") + "bias"] = torch.zeros(tensor.shape[0])
    return tensors


def _with_rows(matrix: torch.Tensor, rows: int) -> torch.Tensor:
    """Grow `[V, D]` to `[rows, D]` with copies of row 0, the end-of-text token's.

    A fresh row gets the output probability of a token that is never wanted inside an answer;
    a row of zeros or the mean row would be likelier than that.
    """
    extra = rows - matrix.shape[0]
    return torch.cat([matrix, matrix[:1].expand(extra, -1)]) if extra else matrix.clone()


def _projector(encoder: Encoder, embeddings: torch.Tensor) -> dict[str, torch.Tensor]:
    """Random projector whose outputs have the size of token embeddings.

    The encoder ends in a layer norm, so its outputs have mean square mean(gamma^2 + beta^2);
    both layers are scaled so that the hidden values are about N(0, 1) before the GELU and the
    outputs have the root mean square of `embeddings` `[V, D]`.
    """
    generator = torch.Generator().manual_seed(PROJECTOR_SEED)
    gamma, beta = encoder.tensors["layer_norm.weight"], encoder.tensors["layer_norm.bias"]
    input_rms = (gamma.square() + beta.square()).mean().sqrt().item()
    output_rms = embeddings.square().mean().sqrt().item()
    inputs, hidden = encoder.shape.hidden_size, embeddings.shape[1]
    first = torch.randn(hidden, inputs, generator=generator) / (math.sqrt(inputs) * input_rms)
    second = torch.randn(hidden, hidden, generator=generator)
    second *= output_rms / math.sqrt(hidden * GELU_SECOND_MOMENT)
    return {
        "multi_modal_projector.linear_1.weight": first,
        "multi_modal_projector.linear_1.bias": torch.zeros(hidden),
        "multi_modal_projector.linear_2.weight": second,
        "multi_modal_projector.linear_2.bias": torch.zeros(hidden),
    }
