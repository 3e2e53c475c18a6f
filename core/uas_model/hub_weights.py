"""Read the two halves from safetensors as the model hub publishes them, at full precision."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer

from uas_model.errors import BadCheckpoint
from uas_model.parts import Encoder, EncoderShape, LanguageModel, LanguageModelShape
from uas_model.tokenizer import add_audio_token

_ENCODER = "model.encoder."


def read_hub_encoder(folder: Path) -> Encoder:
    """Read the encoder of a `WhisperForConditionalGeneration` folder.

    Raises:
        BadCheckpoint: a file or a key of the configuration is missing or unreadable.
    """
    config = _config(folder, "whisper")
    tensors = {
        name.removeprefix(_ENCODER): tensor
        for name, tensor in _tensors(folder).items()
        if name.startswith(_ENCODER)
    }
    shape = EncoderShape(
        hidden_size=config["d_model"],
        intermediate_size=config["encoder_ffn_dim"],
        layers=config["encoder_layers"],
        heads=config["encoder_attention_heads"],
        mel_bins=config["num_mel_bins"],
        positions=config["max_source_positions"],
    )
    return Encoder(shape=shape, tensors=tensors)


def read_hub_language_model(folder: Path) -> LanguageModel:
    """Read a `LlamaForCausalLM` folder; tied output weights are repeated as `lm_head.weight`.

    Raises:
        BadCheckpoint: a file or a key of the configuration is missing or unreadable.
    """
    config = _config(folder, "llama")
    tensors = _tensors(folder)
    tensors.setdefault("lm_head.weight", tensors["model.embed_tokens.weight"])
    shape = LanguageModelShape(
        vocab_size=config["vocab_size"],
        hidden_size=config["hidden_size"],
        intermediate_size=config["intermediate_size"],
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        kv_heads=config["num_key_value_heads"],
        context_tokens=config["max_position_embeddings"],
        rope_theta=_rope_theta(config),
        rms_norm_eps=config["rms_norm_eps"],
    )
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    add_audio_token(tokenizer)
    return LanguageModel(shape=shape, tensors=tensors, tokenizer=tokenizer)


class _Config(dict[str, Any]):
    """A model's configuration whose missing keys are named in the error."""

    def __missing__(self, key: str) -> Any:
        raise BadCheckpoint(f"config.json of {self['model_type']} has no {key!r}")


def _config(folder: Path, model_type: str) -> _Config:
    try:
        config = _Config(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise BadCheckpoint(f"{folder.name}: cannot read config.json") from error
    if config.get("model_type") != model_type:
        raise BadCheckpoint(
            f"{folder.name}: model_type is {config.get('model_type')!r}, expected {model_type!r}"
        )
    return config


def _rope_theta(config: _Config) -> float:
    """The rotary base, which transformers 5 moved into `rope_parameters`."""
    nested = config.get("rope_parameters")
    return float(nested["rope_theta"] if nested else config["rope_theta"])


def _tensors(folder: Path) -> dict[str, torch.Tensor]:
    path = folder / "model.safetensors"
    try:
        return {name: tensor.float() for name, tensor in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise BadCheckpoint(f"{folder.name}: cannot read model.safetensors") from error
