"""The base model's shapes, and the model of a stage as tensors without numbers.

Shapes come from the base's ``config.json``, or, where that is not built yet, from a ``shapes.json``
beside the YAML. What trains is chosen by the very functions that the stage uses.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AudioFlamingo3Config, AudioFlamingo3ForConditionalGeneration

from uas_model.audio_tokens import TOKENS_PER_SECOND
from uas_model.checkpoint import CODEBOOK_FILE, CODEBOOK_FOLDER
from uas_model.codebook import codebook_size
from uas_model.tokenizer import AUDIO_TOKEN
from uas_model.tokens import TextTokens
from uas_training.config import AlignConfig, AnyConfig, ConfigError, ListenConfig
from uas_training.data.targets import head_values
from uas_training.heads import Heads
from uas_training.loop import Group
from uas_training.lora import TARGETS
from uas_training.new_rows import Rows, lengthen, shorten
from uas_training.run_stage import held_in_bf16, moving_groups
from uas_training.stages import adapt, tune
from uas_training.stages.language import freeze_all_but
from uas_training.token_base import check_token_base, rows_move_apart

MEL_BINS = (80, 128)  # what Whisper's front end has
SHAPES_FILE = "shapes.json"
PARTS = {
    "encoder": "model.audio_tower.",
    "projector": "model.multi_modal_projector.",
    "language_model": "",
}


def read_shapes(config: AnyConfig, yaml: Path, given: Path | None) -> tuple[dict[str, Any], Path]:
    """Shapes of the base as in its ``config.json``, and the file that they are from.

    Raises:
        ConfigError: there is no such file, or it is not one of AudioFlamingo3.
    """
    places = [given] if given else [config.base / "config.json", yaml.parent / SHAPES_FILE]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise ConfigError(
            f"base {config.base} is not built and {yaml.parent.name} has no {SHAPES_FILE}; "
            "build the base or give --shapes FILE"
        )
    try:
        shapes = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(f"{path}: not JSON: {error}") from error
    if not isinstance(shapes, dict) or shapes.get("model_type") != "audioflamingo3":
        raise ConfigError(f"{path}: model_type is not 'audioflamingo3'; give a base of that layout")
    return shapes, path


def with_layers(shapes: dict[str, Any], encoder: int, language: int) -> dict[str, Any]:
    """The same widths with other numbers of layers."""
    text = {k: v for k, v in shapes["text_config"].items() if k != "layer_types"}
    return shapes | {
        "audio_config": shapes["audio_config"] | {"num_hidden_layers": encoder},
        "text_config": text | {"num_hidden_layers": language},
    }


@dataclass(frozen=True)
class Planned:
    """A stage's model and what moves in it; ``extra`` is what the stage adds to the model.

    ``reads_tokens`` says that clips are audio tokens, and not projected states.
    """

    model: Any
    groups: list[Group]
    extra: dict[str, Tensor]
    reads_tokens: bool = False

    @property
    def weights(self) -> dict[str, Tensor]:
        """Every weight, those of the stage's own included."""
        return {**dict(self.model.named_parameters()), **self.extra}

    @property
    def trainable(self) -> dict[str, Tensor]:
        """What moves."""
        return {name: weight for group in self.groups for name, weight in group.weights.items()}


def planned_model(shapes: dict[str, Any], config: AnyConfig, events: int = 0) -> Planned:
    """The model of a stage on torch's current device ("meta", or inside a fake mode).

    ``events`` is how many labels the event head of ``listen`` has; few weights hang on it.

    Raises:
        ConfigError: the shapes do not make a model, or what the stage trains is not in it.
    """
    try:
        layout = AudioFlamingo3Config.from_dict(shapes)
        model: Any = AudioFlamingo3ForConditionalGeneration(layout)  # type: ignore[no-untyped-call]  # transformers is untyped here
    except (ValueError, TypeError, RuntimeError) as error:
        raise ConfigError(f"the shapes do not make a model: {error}") from error
    extra: dict[str, Tensor] = {}
    count = _audio_token_count(shapes, config)
    if isinstance(config, ListenConfig):
        groups, extra = _listen(model, config, events)
    elif isinstance(config, AlignConfig):
        if held_in_bf16(config):
            halve(model.model.language_model, model.lm_head)
        width = shapes["text_config"]["hidden_size"]
        new = torch.empty(config.codebook_size, width)
        added = lengthen(model, Rows(new, new.clone()))
        groups = [Group(config.row_rate, dict(zip(("rows.in", "rows.out"), added, strict=True)))]
    else:
        rows = None
        if count is not None and rows_move_apart(config):
            rows = shorten(model, shapes["text_config"]["vocab_size"] - count)
        if held_in_bf16(config):
            halve(model.model.language_model, model.lm_head)
        if rows is not None:
            lengthen(model, rows)
        groups = moving_groups(model, config, reads_tokens=count is not None)
    freeze_all_but(model, groups)
    if not all(group.weights for group in groups):
        raise ConfigError(f"the model has no layer named one of {', '.join(TARGETS)} to adapt")
    return Planned(model, groups, extra, reads_tokens=count is not None)


def _audio_token_count(shapes: dict[str, Any], config: AnyConfig) -> int | None:
    """How many audio tokens the base reads; None where clips are projected states.

    It is that of its codebook, or where that is not built the shapes' own ``codebook_size``.

    Raises:
        ConfigError: the stage does something that such a base has no place for.
    """
    if shapes.get("uas", {}).get("audio") != "tokens":
        return None
    if not isinstance(config, ListenConfig):
        check_token_base(config, "tokens")
    path = config.base / CODEBOOK_FOLDER / CODEBOOK_FILE
    return codebook_size(path) if path.is_file() else int(shapes["codebook_size"])


def halve(*modules: torch.nn.Module) -> None:
    """Hold modules in bfloat16, in place: what ``Module.to`` does, which fake tensors cannot."""
    for module in modules:
        for weight in module.parameters():
            weight.data = weight.data.to(torch.bfloat16)


def check_shapes(shapes: dict[str, Any], planned: Planned, base: Path) -> None:
    """Check that sound gets through the model into the vocabulary's place for it.

    Raises:
        ConfigError: names what does not fit, with both numbers.
    """
    model, audio, text = planned.model, shapes["audio_config"], shapes["text_config"]
    projector = model.model.multi_modal_projector
    into, out = projector.linear_1.in_features, projector.linear_2.out_features
    if (into, out) != (audio["hidden_size"], text["hidden_size"]):
        raise ConfigError(
            f"the projector goes from {into} to {out}; the encoder gives {audio['hidden_size']} "
            f"and the language model takes {text['hidden_size']}"
        )
    if audio["num_mel_bins"] not in MEL_BINS:
        raise ConfigError(f"num_mel_bins is {audio['num_mel_bins']}; the front end has 80 and 128")
    token, size = shapes["audio_token_id"], text["vocab_size"]
    if not 0 <= token < size:
        raise ConfigError(f"audio_token_id is {token}, outside a vocabulary of {size}")
    room, needed = text.get("max_position_embeddings", 32_768), TOKENS_PER_SECOND * 30
    if room < needed:
        raise ConfigError(f"max_position_embeddings is {room}; 30 s of sound alone are {needed}")
    tokenizer = base / "tokenizer.json"
    if tokenizer.is_file() and TextTokens(tokenizer).audio_id != token:
        raise ConfigError(
            f"audio_token_id is {token}, but {AUDIO_TOKEN} of tokenizer.json is another token"
        )


def count_by_part(planned: Planned) -> dict[str, dict[str, int]]:
    """Trainable and frozen weights of encoder, projector, language model, and the stage's own."""
    trainable = {id(weight) for weight in planned.trainable.values()}
    counts: dict[str, dict[str, int]] = {}
    for name, weight in planned.weights.items():
        part = next(part for part, prefix in PARTS.items() if name.startswith(prefix))
        part = "stage" if name in planned.extra else part
        kind = "trainable" if id(weight) in trainable else "frozen"
        counts.setdefault(part, {"trainable": 0, "frozen": 0})[kind] += weight.numel()
    return counts


def _listen(model: Any, config: ListenConfig, events: int) -> tuple[list[Group], dict[str, Tensor]]:
    """What moves in ``listen``, and its heads; the language model is not even loaded."""
    encoder = tune.encoder_weights(model)
    classes = {name: len(v) for name, v in head_values(("",) * events).items() if v}
    heads = Heads(model.config.audio_config.hidden_size, classes, config.head_dropout)
    extra: dict[str, Tensor] = {f"heads.{name}": w for name, w in heads.named_parameters()}
    groups = [Group(config.encoder_rate, encoder), Group(config.head_rate, extra)]
    if config.word_weight > 0:
        groups.append(adapt.projector_group(model, config.projector_rate))
    else:
        del model.model.multi_modal_projector
    del model.model.language_model, model.lm_head
    return groups, extra
