"""The Qwen2-shaped language model as plain tensor operations, one sequence at a time.

Same function as transformers' Qwen2 (checked in tests); query, key and value are one product, gate
and up another, and the vocabulary is scored only for the rows asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from uas_model.runner.kv_cache import CacheShape, KvCache
from uas_model.runner.linear import Linear, Precision, make_linear

PREFIX = "language_model.model."


@dataclass(frozen=True)
class LanguageModelConfig:
    """Sizes of the language model, from `text_config` of a checkpoint's config."""

    hidden_size: int
    layers: int
    heads: int
    kv_heads: int
    head_size: int
    rms_norm_eps: float
    rope_theta: float
    vocabulary_size: int
    most_tokens: int

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> LanguageModelConfig:
        """Read a Qwen2 config dictionary."""
        rope = config.get("rope_parameters") or {}
        heads = config["num_attention_heads"]
        return cls(
            hidden_size=config["hidden_size"],
            layers=config["num_hidden_layers"],
            heads=heads,
            kv_heads=config["num_key_value_heads"],
            head_size=config.get("head_dim") or config["hidden_size"] // heads,
            rms_norm_eps=config["rms_norm_eps"],
            rope_theta=config.get("rope_theta") or rope["rope_theta"],
            vocabulary_size=config["vocab_size"],
            most_tokens=config["max_position_embeddings"],
        )

    def cache_shape(self, most_tokens: int, precision: Precision) -> CacheShape:
        """Sizes of a cache for at most `most_tokens`."""
        dtype = torch.float32 if precision == "fp32" else torch.bfloat16
        return CacheShape(self.layers, self.kv_heads, self.head_size, most_tokens, dtype)


@dataclass(frozen=True)
class Layer:
    """One decoder layer's weights."""

    attention_norm: Tensor
    qkv: Linear
    output: Linear
    mlp_norm: Tensor
    gate_up: Linear
    down: Linear


class LanguageModel:
    """Weights and the forward pass; holds no sequence."""

    def __init__(
        self, config: LanguageModelConfig, weights: Mapping[str, Tensor], precision: Precision
    ) -> None:
        self.config = config
        self.dtype = torch.float32 if precision == "fp32" else torch.bfloat16
        self._embeddings = weights[PREFIX + "embed_tokens.weight"].to(self.dtype)
        head = weights.get("language_model.lm_head.weight")
        self._head = make_linear(
            weights[PREFIX + "embed_tokens.weight"] if head is None else head, None, precision
        )
        self._norm = weights[PREFIX + "norm.weight"].to(self.dtype)
        self._layers = [
            _load_layer(weights, f"{PREFIX}layers.{index}.", precision, self.dtype)
            for index in range(config.layers)
        ]
        self._cos, self._sin = _rotary_tables(config, self.dtype)

    @property
    def step_bytes(self) -> int:
        """Bytes of weights that a step of one token reads."""
        layers = (
            linear.step_bytes
            for layer in self._layers
            for linear in (layer.qkv, layer.output, layer.gate_up, layer.down)
        )
        return sum(layers) + self._head.step_bytes

    def embed(self, ids: Sequence[int]) -> Tensor:
        """Look up embeddings: `[len(ids), hidden]`."""
        return self._embeddings[torch.tensor(ids, dtype=torch.long)]

    def logits(self, hidden: Tensor) -> Tensor:
        """Score the vocabulary: `[rows, hidden] -> [rows, vocabulary] float32`."""
        return self._head(self._normalise(hidden, self._norm)).float()

    def forward(self, x: Tensor, cache: KvCache, positions: Tensor, mask: Tensor | None) -> Tensor:
        """Run all layers over new tokens and write their keys and values behind the cached ones.

        Args:
            x: embeddings of the new tokens, `[M, hidden]`.
            cache: holds `len(cache)` tokens; the new ones land behind them (the caller then says
                with `cache.keep` which of them stay).
            positions: `[M] int64`, their places in the sequence.
            mask: `[M, len(cache) + M]`, 0 where a token may look and -inf where not; None when
                all may be seen.

        Returns:
            Hidden states before the last norm, `[M, hidden]`.
        """
        config = self.config
        start, end = len(cache), len(cache) + x.shape[0]
        if end > cache.keys.shape[2]:
            raise ValueError(f"{end} tokens do not fit a cache of {cache.keys.shape[2]}")
        cos, sin = self._cos[positions][:, None], self._sin[positions][:, None]
        group = config.heads // config.kv_heads
        if mask is not None:
            mask = mask.to(self.dtype).repeat(group, 1)
        for index, layer in enumerate(self._layers):
            qkv = layer.qkv(self._normalise(x, layer.attention_norm))
            qkv = qkv.view(-1, config.heads + 2 * config.kv_heads, config.head_size)
            rotated = _rotate(qkv[:, : config.heads + config.kv_heads], cos, sin)
            keys, values = cache.keys[index], cache.values[index]
            keys[:, start:end] = rotated[:, config.heads :].transpose(0, 1)
            values[:, start:end] = qkv[:, config.heads + config.kv_heads :].transpose(0, 1)
            seen = self._attend(
                rotated[:, : config.heads], keys[:, :end], values[:, :end], mask, group
            )
            x = x + layer.output(seen)
            gate, up = layer.gate_up(self._normalise(x, layer.mlp_norm)).chunk(2, dim=-1)
            x = x + layer.down(functional.silu(gate) * up)
        return x

    def _attend(
        self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, group: int
    ) -> Tensor:
        """Grouped attention: `[M, heads, D]` over `[kv_heads, T, D]` -> `[M, heads * D]`.

        The queries that share a key head become rows of one product, so keys are never repeated.
        """
        rows, _, size = queries.shape
        shared = keys.shape[0]
        q = queries.view(rows, shared, group, size).permute(1, 2, 0, 3)
        seen = functional.scaled_dot_product_attention(
            q.reshape(1, shared, group * rows, size), keys[None], values[None], attn_mask=mask
        )
        return seen.view(shared, group, rows, size).permute(2, 0, 1, 3).reshape(rows, -1)

    def _normalise(self, x: Tensor, weight: Tensor) -> Tensor:
        return functional.rms_norm(x, (x.shape[-1],), weight, self.config.rms_norm_eps)


def _load_layer(
    weights: Mapping[str, Tensor], prefix: str, precision: Precision, dtype: torch.dtype
) -> Layer:
    def join(names: Sequence[str]) -> Linear:
        parts = [weights[f"{prefix}{name}.weight"] for name in names]
        biases = [weights.get(f"{prefix}{name}.bias") for name in names]
        found = [bias for bias in biases if bias is not None]
        return make_linear(torch.cat(parts), torch.cat(found) if found else None, precision)

    return Layer(
        attention_norm=weights[prefix + "input_layernorm.weight"].to(dtype),
        qkv=join([f"self_attn.{name}_proj" for name in "qkv"]),
        output=join(["self_attn.o_proj"]),
        mlp_norm=weights[prefix + "post_attention_layernorm.weight"].to(dtype),
        gate_up=join(["mlp.gate_proj", "mlp.up_proj"]),
        down=join(["mlp.down_proj"]),
    )


def _rotary_tables(config: LanguageModelConfig, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Cosines and signed sines, `[most_tokens, head_size]` each."""
    half = torch.arange(0, config.head_size, 2, dtype=torch.float32) / config.head_size
    angles = torch.outer(torch.arange(config.most_tokens).float(), config.rope_theta**-half)
    sines = angles.sin()
    return (
        torch.cat((angles, angles), dim=-1).cos().to(dtype),
        torch.cat((-sines, sines), dim=-1).to(dtype),
    )


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary embedding of `[M, heads, D]`: halves are swapped, the sine carries the sign."""
    half = x.shape[-1] // 2
    return x * cos + torch.roll(x, half, dims=-1) * sin
