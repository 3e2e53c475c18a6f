"""The Whisper-shaped encoder on batches of unpadded clips.

The stock forward of AudioFlamingo3 computes 30 s for every clip. This one runs the same modules
over the clips' own length; ``tests/training/test_encoder.py`` compares the two.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers.modeling_outputs import BaseModelOutputWithPooling

from uas_signal.mel import log_mel

RIGHT_CONTEXT_FRAMES = 4


def pad_mels(mels: Sequence[np.ndarray]) -> tuple[Tensor, Tensor]:
    """Stack log-mels (each ``[80, F + 4] float32``) into ``[B, 80, max F + 4]`` and ``[B]`` of F.

    Short clips are filled with their own minimum, which is what digital silence would give.
    """
    widest = max(mel.shape[1] for mel in mels)
    padded = np.stack(
        [
            np.pad(mel, ((0, 0), (0, widest - mel.shape[1])), constant_values=float(mel.min()))
            for mel in mels
        ]
    )
    frames = torch.tensor([mel.shape[1] - RIGHT_CONTEXT_FRAMES for mel in mels])
    return torch.from_numpy(padded), frames


def mel_of(samples: np.ndarray, bins: int = 80) -> np.ndarray:
    """Log-mel of ``[T] float32`` samples as an encoder wants it: ``[bins, ceil(T / 160) + 4]``."""
    return log_mel(samples, n_mels=bins, right_context_frames=RIGHT_CONTEXT_FRAMES)


def precision(device: torch.device, *, bf16: bool) -> torch.autocast:
    """Compute in bfloat16 on ``device`` if asked."""
    return torch.autocast(device.type, torch.bfloat16, enabled=bf16)


def encode(encoder: Any, mels: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
    """Encode a batch on the encoder's device.

    Args:
        encoder: ``AudioFlamingo3Encoder``.
        mels: ``[B, 80, F] float32``, right context included.
        frames: ``[B]`` true frames of each clip.

    Returns:
        ``[B, N, d]`` states at 25 a second and the ``[B, N] bool`` mask of real ones.
    """
    device = encoder.conv1.bias.device
    mels, frames = mels.to(device), frames.to(device)
    hidden = nn.functional.gelu(encoder.conv1(mels))
    hidden = nn.functional.gelu(encoder.conv2(hidden)).transpose(1, 2)
    length = hidden.shape[1]
    hidden = hidden + encoder.embed_positions.weight[:length]
    halved = (frames - 1) // 2 + 1
    real = torch.arange(length, device=device)[None] < halved[:, None]
    attention = real[:, None, None, :].expand(-1, 1, length, -1)
    for layer in encoder.layers:
        hidden = layer(hidden, attention)
    hidden = encoder.avg_pooler(hidden.transpose(1, 2)).transpose(1, 2)
    tokens = (halved - 2) // 2 + 1
    places = torch.arange(hidden.shape[1], device=device)
    return encoder.layer_norm(hidden), places[None] < tokens[:, None]


def encode_clip(encoder: Any, samples: np.ndarray) -> tuple[Tensor, Tensor]:
    """What ``encode`` gives for one clip of ``[T] float32`` samples."""
    return encode(encoder, *pad_mels([mel_of(samples, encoder.config.num_mel_bins)]))


class ClipsOnce(nn.Module):
    """Takes the encoder's place inside stock AudioFlamingo3: quicker, and the same states.

    The stock encoder computes 30 s of every row. This one computes the clips' own length, and of
    neighbouring rows with the same clip only one: replies to one prompt all hear the same.
    """

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder
        self._get_feat_extract_output_lengths = encoder._get_feat_extract_output_lengths

    def forward(
        self, input_features: Tensor, input_features_mask: Tensor, **options: object
    ) -> BaseModelOutputWithPooling:
        """``[B, 80, F] float32`` and ``[B, F]``, 1 in real frames, to ``[B, N, d]`` states.

        ``options`` are what else the stock model passes on; the stock encoder ignores it too.
        """
        del options
        clips, row = torch.unique_consecutive(input_features, dim=0, return_inverse=True)
        frames = input_features_mask.sum(dim=1)
        lengths = torch.zeros_like(frames[: len(clips)]).scatter(0, row, frames)
        states, _ = encode(self.encoder, clips, lengths)
        return BaseModelOutputWithPooling(
            last_hidden_state=states[row]  # type: ignore[arg-type]  # wants the legacy tensor type
        )
