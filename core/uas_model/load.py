"""Load a checkpoint's weights as stock transformers modules."""

from pathlib import Path

import torch
from safetensors import safe_open
from transformers import AudioFlamingo3ForConditionalGeneration, AutoConfig
from transformers.models.audioflamingo3 import AudioFlamingo3Encoder

from uas_model.checkpoint import Checkpoint
from uas_model.export import WEIGHTS_FILE
from uas_model.names import ENCODER


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
    with safe_open(checkpoint.path / WEIGHTS_FILE, framework="pt") as weights:
        names = [name for name in weights.keys() if name.startswith(ENCODER)]  # noqa: SIM118
        tensors = {name.removeprefix(ENCODER): weights.get_tensor(name) for name in names}
    encoder.load_state_dict(tensors)
    return encoder.to(dtype).train(mode=False)
