"""Stage ``tune``: the language model learns to write documents and answers.

Low-rank factors on every linear layer of the language model, or all its weights; the projector, or
the rows of audio tokens; and, if its rate is above 0, the encoder.
"""

from typing import Any

from uas_training.config import LowRankConfig, TuneConfig
from uas_training.loop import Group
from uas_training.lora import add_lora, lora_layers
from uas_training.stages.adapt import projector_group
from uas_training.token_base import INPUT_ROWS, OUTPUT_ROWS, row_group

ENCODER = "model.audio_tower."
LANGUAGE = ("model.language_model.", "lm_head.")
POSITIONS = "model.audio_tower.embed_positions."


def trainable(model: Any, config: LowRankConfig) -> list[Group]:
    """Add the low-rank layers to ``model``, if it is done by them, and return what moves."""
    language = full(model, config) if config.method == "full" else factors(model, config)
    groups = [language, projector_group(model, config.projector_rate)]
    if config.encoder_rate > 0:
        groups.append(Group(config.encoder_rate, encoder_weights(model)))
    return groups


def trainable_on_tokens(model: Any, config: LowRankConfig) -> list[Group]:
    """The same where clips are audio tokens; their rows have to stand apart for factors.

    In ``grpo`` the output rows are kept with what moves, and stay: no reply has an audio token.
    """
    if config.method == "full":
        return [full(model, config)]
    output_rate = config.row_rate if isinstance(config, TuneConfig) else 0.0
    return [
        factors(model, config),
        row_group(model, INPUT_ROWS, config.row_rate),
        row_group(model, OUTPUT_ROWS, output_rate),
    ]


def full(model: Any, config: LowRankConfig) -> Group:
    """Every weight of the language model."""
    weights = {
        name: weight for name, weight in model.named_parameters() if name.startswith(LANGUAGE)
    }
    return Group(config.full_rate, weights)


def factors(model: Any, config: LowRankConfig) -> Group:
    """Low-rank layers, added to ``model``."""
    add_lora(model.model.language_model, config.lora_rank, config.lora_alpha)
    found: dict[str, Any] = {}
    for name, layer in lora_layers(model):
        found |= {f"{name}.a": layer.a, f"{name}.b": layer.b}
    return Group(config.lora_rate, found)


def encoder_weights(model: Any) -> dict[str, Any]:
    """The encoder's tensors without its fixed positions."""
    return {
        name: weight
        for name, weight in model.named_parameters()
        if name.startswith(ENCODER) and not name.startswith(POSITIONS)
    }
