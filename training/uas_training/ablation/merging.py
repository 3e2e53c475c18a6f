"""The model that a stage left, in memory, as the local engine would run it."""

import json

from uas_model.audio_vocabulary import AudioVocabulary
from uas_model.checkpoint import Checkpoint
from uas_model.runner.runner import Runner
from uas_model.shards import read_tensors
from uas_model.trained import apply_trained
from uas_schema.prompts import load_prompts
from uas_training.config import AdaptConfig, TuneConfig
from uas_training.evaluation.listeners import RunnerListener
from uas_training.finished import finished_rows, finished_weights, lora_scale
from uas_training.token_base import replaced_matrices


def trained_listener(config: AdaptConfig | TuneConfig) -> RunnerListener:
    """A listener with the base's weights, and those of a finished stage and the ones beneath it.

    Raises:
        ConfigError: a stage is not finished, or is not that of the configuration.
        uas_model.errors.BadCheckpoint: a tensor does not belong to the base.
    """
    checkpoint = Checkpoint.open(config.base, verify=False)
    weights = read_tensors(config.base)
    weights |= replaced_matrices(finished_rows(config), weights)
    weights = apply_trained(weights, finished_weights(config), lora_scale(config))
    shape = json.loads((config.base / "config.json").read_text(encoding="utf-8"))
    prompts = load_prompts(checkpoint.info.prompt_family)
    tokens = checkpoint.tokenizer
    sounds = AudioVocabulary.of(checkpoint)
    return RunnerListener(tokens, prompts, Runner(shape, weights, tokens, audio_vocabulary=sounds))
