"""Load a checkpoint's weights as stock transformers modules."""

from pathlib import Path

import torch
from safetensors import safe_open
from transformers import AudioFlamingo3ForConditionalGeneration
from transformers.models.audioflamingo3 import AudioFlamingo3Encoder

from uas_model.checkpoint import Checkpoint
from uas_model.export import WEIGHTS_FILE

ENCODER_PREFIX = "audio_tower."


def load_model(
    path: Path, dtype: torch.dtype = torch.float32
) -> AudioFlamingo3ForConditionalGeneration:
    """The whole model in evaluation mode.

    Raises:
        RefusedModel: see `Checkpoint.open`.
    """
    checkpoint = Checkpoint.open(path)
    model = AudioFlamingo3ForConditionalGeneration.from_pretrained(
        checkpoint.path, dtype=dtype, local_files_only=True, use_safetensors=True
    )
    return model.eval()


def load_encoder(path: Path, dtype: torch.dtype = torch.float32) -> AudioFlamingo3Encoder:
    """The audio encoder alone, in evaluation mode; reads none of the language model's tensors.

    Raises:
        RefusedModel: see `Checkpoint.open`.
    """
    from transformers import AutoConfig

    checkpoint = Checkpoint.open(path)
    config = AutoConfig.from_pretrained(checkpoint.path, local_files_only=True)
    encoder = AudioFlamingo3Encoder(config.audio_config)
    with safe_open(checkpoint.path / WEIGHTS_FILE, framework="pt") as weights:
        names = [name for name in weights.keys() if name.startswith(ENCODER_PREFIX)]  # noqa: SIM118
        tensors = {name.removeprefix(ENCODER_PREFIX): weights.get_tensor(name) for name in names}
    encoder.load_state_dict(tensors)
    return encoder.to(dtype).eval()
