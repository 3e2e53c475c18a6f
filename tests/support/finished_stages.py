"""Stages that are finished at once: what trains is moved by noise and written as a stage would.

Noise moves every tensor far more than a few steps do, so that one which is lost is seen. Without
TRL and without fitting a codebook, so that this runs beside vLLM too.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from uas_model.audio_tokens import audio_token_count
from uas_model.checkpoint import CODEBOOK_FILE
from uas_model.codebook import Codebook, write_codebook
from uas_model.load import load_model
from uas_model.names import published_name
from uas_training.checkpoints import save_tensors
from uas_training.config import AlignConfig, ListenConfig, load_config
from uas_training.data.sequences import Branch, ClipSequence
from uas_training.encoder import mel_of
from uas_training.language import hidden_states, pack
from uas_training.loop import FINAL
from uas_training.lora import LoraLinear, lora_layers
from uas_training.new_rows import first_rows, lengthen
from uas_training.run_stage import (
    LISTEN_PROJECTOR,
    listen_stage,
    moving_model,
    prepared_model,
    restore,
)
from uas_training.stages.adapt import PROJECTOR
from uas_training.stages.align import INPUT_ROWS, OUTPUT_ROWS

SPREAD = 0.05
HALF_A_SECOND = 8_000


def finish(path: Path) -> Any:
    """Leave a finished stage; the whole model as the stage holds it in memory."""
    config = load_config(path)
    torch.manual_seed(config.seed)
    if isinstance(config, ListenConfig):
        model, weights = _listening(config)
    elif isinstance(config, AlignConfig):
        model, weights = _aligned(config)
    else:
        model, _, groups = moving_model(config)
        weights = {name: weight for group in groups for name, weight in group.weights.items()}
    with torch.no_grad():
        for weight in weights.values():
            weight.add_(torch.randn(weight.shape) * SPREAD)
    save_tensors(config.output / FINAL, weights, {})
    return model.eval()


def _listening(config: ListenConfig) -> tuple[Any, dict[str, Tensor]]:
    stage = listen_stage(config)
    model = load_model(config.base)
    model.model.audio_tower = stage.encoder
    if stage.words is not None:
        model.model.multi_modal_projector = stage.words.projector
    weights = {name: weight for group in stage.groups() for name, weight in group.weights.items()}
    return model, weights


def _aligned(config: AlignConfig) -> tuple[Any, dict[str, Tensor]]:
    model, _ = prepared_model(config)
    if config.projector is not None:
        restore(model, config.projector, {LISTEN_PROJECTOR: PROJECTOR})
    width = model.config.audio_config.hidden_size
    codebook = Codebook(torch.randn(config.codebook_size, width))
    write_codebook(codebook, config.output / CODEBOOK_FILE)
    rows = first_rows(model, codebook.centroids, config.initialisation, torch.Generator())
    return model, dict(zip((INPUT_ROWS, OUTPUT_ROWS), lengthen(model, rows), strict=True))


@torch.no_grad()
def logits(model: Any, audio_id: int, text: tuple[int, ...] = (1, 40, 41, 42)) -> Tensor:
    """``[T, V] float32`` over a clip of noise and a few tokens."""
    noise = torch.randn(HALF_A_SECOND, generator=torch.Generator().manual_seed(1)).numpy()
    sequence = ClipSequence(
        (1, *[audio_id] * audio_token_count(HALF_A_SECOND), 2),
        (Branch(text, (1.0,) * len(text)),),
    )
    hidden = hidden_states(model, [mel_of(noise)], pack([sequence]), audio_id)
    found: Tensor = model.lm_head(hidden[0])
    return found


@torch.no_grad()
def plain_weights(model: Any) -> Mapping[str, Tensor]:
    """The tensors of a stage's model by published name: factors folded in, rows put behind."""
    tensors = dict(model.named_parameters())
    for name, layer in lora_layers(model):
        for part in ("base.weight", "base.bias", "a", "b"):
            tensors.pop(f"{name}.{part}", None)
        tensors |= _linear(name, layer)
    for name in ("model.language_model.embed_tokens", "lm_head"):
        if f"{name}.rows" in tensors:
            old, new = tensors.pop(f"{name}.base.weight"), tensors.pop(f"{name}.rows")
            tensors[f"{name}.weight"] = torch.cat([old, new])
    return {published_name(name): tensor.detach() for name, tensor in tensors.items()}


def _linear(name: str, layer: LoraLinear) -> dict[str, Tensor]:
    weight = {f"{name}.weight": layer.merged()}
    return weight if layer.base.bias is None else weight | {f"{name}.bias": layer.base.bias}
