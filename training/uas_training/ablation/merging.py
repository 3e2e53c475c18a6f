"""The model that a stage left, in memory, as the local engine would run it."""

import json
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from uas_model.audio_vocabulary import AudioVocabulary
from uas_model.checkpoint import Checkpoint
from uas_model.runner.runner import Runner
from uas_model.shards import read_tensors
from uas_model.trained import apply_trained
from uas_schema.prompts import load_prompts
from uas_training.evaluation.listeners import RunnerListener
from uas_training.finished import load_final, trained_weights
from uas_training.token_base import replaced_matrices


def trained_listener(base: Path, stage: Path, lora_scale: float) -> RunnerListener:
    """A listener with the base's weights and those of a finished ``adapt`` or ``tune``.

    Raises:
        ConfigError: the stage is not finished.
        uas_model.errors.BadCheckpoint: a tensor does not belong to the base.
    """
    checkpoint = Checkpoint.open(base, verify=False)
    weights = merged(base, load_final(stage), lora_scale)
    shape = json.loads((base / "config.json").read_text(encoding="utf-8"))
    prompts = load_prompts(checkpoint.info.prompt_family)
    tokens = checkpoint.tokenizer
    sounds = AudioVocabulary.of(checkpoint)
    return RunnerListener(tokens, prompts, Runner(shape, weights, tokens, audio_vocabulary=sounds))


def merged(base: Path, tensors: Mapping[str, Tensor], lora_scale: float) -> dict[str, Tensor]:
    """The base's tensors with a stage's, by published name, in float32."""
    weights = read_tensors(base)
    weights |= replaced_matrices(tensors, weights)
    return apply_trained(weights, trained_weights(tensors, {}), lora_scale)
