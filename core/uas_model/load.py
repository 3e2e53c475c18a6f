"""Load a checkpoint's weights as stock transformers modules."""

from pathlib import Path

import torch
from transformers import AudioFlamingo3ForConditionalGeneration, AutoConfig
from transformers.models.audioflamingo3 import AudioFlamingo3Encoder

from uas_model.checkpoint import Checkpoint
from uas_model.names import ENCODER
from uas_model.shards import read_tensors


def load_model(
    path: Path, dtype: torch.dtype = torch.float32
) -> AudioFlamingo3ForConditionalGeneration:
    """The whole model in evaluation mode.

    Raises:
        RefusedModel: see `Checkpoint.open`.
    """
    checkpoint = Checkpoint.open(path)
    model: AudioFlamingo3ForConditionalGeneration
    model = AudioFlamingo3ForConditionalGeneration.from_pretrained(
        checkpoint.path, dtype=dtype, local_files_only=True, use_safetensors=True
    )
    model.train(mode=False)
    return model


def load_encoder(path: Path, dtype: torch.dtype = torch.float32) -> torch.nn.Module:
    """The `AudioFlamingo3Encoder` alone, in evaluation mode; reads no other tensors.

    Raises:
        RefusedModel: see `Checkpoint.open`.
    """
    checkpoint = Checkpoint.open(path)
    config = AutoConfig.from_pretrained(checkpoint.path, local_files_only=True)
    encoder: torch.nn.Module = AudioFlamingo3Encoder(config.audio_config)
    tensors = {
        name.removeprefix(ENCODER): tensor
        for name, tensor in read_tensors(checkpoint.path).items()
        if name.startswith(ENCODER)
    }
    encoder.load_state_dict(tensors)
    return encoder.to(dtype).train(mode=False)
