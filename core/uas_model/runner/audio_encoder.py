"""The Whisper-shaped encoder, over the clip's own length, and the projector behind it.

The stock path pads every clip to 30 s and masks the padding. Only three things cross the clip's
end there: the two convolutions look at most two mel frames to the right, and those frames are of
silence. Given them, the unpadded result is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from uas_model.names import PROJECTOR
from uas_signal.mel import log_mel

MOST_MEL_FRAMES = 3000
"""30 s at 100 frames per second, the encoder's window."""
RIGHT_CONTEXT_FRAMES = 4
HOP_SAMPLES = 160


@dataclass(frozen=True)
class EncoderLayer:
    """One layer's weights, as `functional.linear` takes them."""

    norms: tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]
    qkv: tuple[Tensor, Tensor]
    output: tuple[Tensor, Tensor]
    up: tuple[Tensor, Tensor]
    down: tuple[Tensor, Tensor]


class AudioEncoder:
    """Samples to states, 25 a second, in float32."""

    def __init__(self, config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> None:
        self._heads: int = config.get("num_attention_heads") or config["encoder_attention_heads"]
        self._mels: int = config["num_mel_bins"]
        layers: int = config.get("num_hidden_layers") or config["encoder_layers"]

        def pair(name: str) -> tuple[Tensor, Tensor]:
            return weights[f"{name}.weight"].float(), weights[f"{name}.bias"].float()

        self._conv1 = pair("audio_tower.conv1")
        self._conv2 = pair("audio_tower.conv2")
        self._positions = weights["audio_tower.embed_positions.weight"].float()
        self._layers = [
            _load_layer(weights, f"audio_tower.layers.{index}.") for index in range(layers)
        ]
        self._norm = pair("audio_tower.layer_norm")

    def hear(self, samples: NDArray[np.float32]) -> Tensor:
        """States of a clip `[T] float32` at 16 kHz, at most 30 s: `[audio tokens, d] float32`."""
        return self.encode(self.mel(samples), len(samples))

    def mel(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-mel of `samples [T]`: `[mels, frames + right context]`, at most the window."""
        mel = log_mel(samples, n_mels=self._mels, right_context_frames=RIGHT_CONTEXT_FRAMES)
        return mel[:, :MOST_MEL_FRAMES]

    def encode(self, mel: NDArray[np.float32], n_samples: int) -> Tensor:
        """States of a clip: `[audio tokens, d] float32`.

        Args:
            mel: as `mel()` gives it for these samples.
            n_samples: length of the clip at 16 kHz; at most 30 s.
        """
        frames = -(-n_samples // HOP_SAMPLES)
        if not 0 < frames <= MOST_MEL_FRAMES:
            raise ValueError(f"a clip must have 1 to 480000 samples, got {n_samples}")
        length = (frames - 1) // 2 + 1
        x = functional.gelu(functional.conv1d(torch.from_numpy(mel)[None], *self._conv1, padding=1))
        x = functional.gelu(functional.conv1d(x, *self._conv2, stride=2, padding=1))
        x = x[0, :, :length].T + self._positions[:length]
        for layer in self._layers:
            x = x + self._attend(layer, _normalise(x, layer.norms[0]))
            hidden = functional.gelu(functional.linear(_normalise(x, layer.norms[1]), *layer.up))
            x = x + functional.linear(hidden, *layer.down)
        pooled = x[: length // 2 * 2].view(length // 2, 2, x.shape[1]).mean(dim=1)
        return _normalise(pooled, self._norm)

    def _attend(self, layer: EncoderLayer, x: Tensor) -> Tensor:
        length, size = x.shape
        qkv = functional.linear(x, *layer.qkv).view(length, 3, self._heads, size // self._heads)
        q, k, v = qkv.permute(1, 2, 0, 3)[:, None].unbind(0)
        seen = functional.scaled_dot_product_attention(q, k, v)
        return functional.linear(seen[0].transpose(0, 1).reshape(length, size), *layer.output)


class Projector:
    """The encoder's states as embeddings in the language model's space, in float32."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        def pair(name: str) -> tuple[Tensor, Tensor]:
            return weights[f"{name}.weight"].float(), weights[f"{name}.bias"].float()

        self._first = pair(PROJECTOR + "linear_1")
        self._second = pair(PROJECTOR + "linear_2")

    def embed(self, states: Tensor) -> Tensor:
        """`[N, d]` to `[N, hidden of the language model]`."""
        hidden = functional.gelu(functional.linear(states, *self._first))
        return functional.linear(hidden, *self._second)


def _normalise(x: Tensor, pair: tuple[Tensor, Tensor]) -> Tensor:
    return functional.layer_norm(x, (x.shape[-1],), *pair)


def _load_layer(weights: Mapping[str, Tensor], prefix: str) -> EncoderLayer:
    def pair(name: str) -> tuple[Tensor, Tensor]:
        weight = weights[f"{prefix}{name}.weight"].float()
        bias = weights.get(f"{prefix}{name}.bias")
        return weight, torch.zeros(len(weight)) if bias is None else bias.float()

    qkv = [pair(f"self_attn.{name}_proj") for name in "qkv"]
    return EncoderLayer(
        norms=(pair("self_attn_layer_norm"), pair("final_layer_norm")),
        qkv=(torch.cat([weight for weight, _ in qkv]), torch.cat([bias for _, bias in qkv])),
        output=pair("self_attn.out_proj"),
        up=pair("fc1"),
        down=pair("fc2"),
    )
