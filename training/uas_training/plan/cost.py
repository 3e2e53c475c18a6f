"""What one batch costs: bytes that wait for the way back, and floating-point operations.

The stage's own forward runs, and torch's backward, on tensors that have a shape and no numbers;
what autograd saves is counted, and so is every matrix product. That is done with one and two layers
of encoder and language model: all layers cost the same.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch._subclasses import FakeTensorMode
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode, sdpa_backward_flop_count, sdpa_flop_count

from uas_training.config import AlignConfig, AnyConfig, GrpoConfig, ListenConfig, TuneConfig
from uas_training.encoder import RIGHT_CONTEXT_FRAMES, encode, precision
from uas_training.language import Packed, last_states, weighted_loss
from uas_training.plan.shapes import Planned, halve, planned_model, with_layers
from uas_training.shared_prompts import SCORED_AT_ONCE, token_scores
from uas_training.token_base import speaks

FRAMES_PER_SECOND = 100
_CPU = torch.device("cpu")


@dataclass(frozen=True)
class Batch:
    """``clips`` of ``seconds`` each, and the tokens that each has beside its sound.

    ``learnt_tokens`` of the ``text_tokens`` carry loss. Of ``grpo`` those are all its replies.
    ``texts`` without a sound are rows of their own.
    """

    clips: int
    seconds: float
    text_tokens: int
    learnt_tokens: int
    texts: int = 0

    @property
    def sound_tokens(self) -> int:
        """Positions that the sound of a clip takes."""
        return round(self.seconds * 25)


@dataclass(frozen=True)
class Cost:
    """Bytes saved for the way back; operations forward, and in all."""

    saved: float
    forward: float
    total: float

    def plus(self, other: "Cost", times: float = 1) -> "Cost":
        """This and ``times`` the other."""
        return Cost(
            self.saved + times * other.saved,
            self.forward + times * other.forward,
            self.total + times * other.total,
        )


def batch_cost(shapes: dict[str, Any], config: AnyConfig, batch: Batch) -> Cost:
    """Cost of one batch in one process.

    With gradient checkpointing a layer saves its input alone, one layer at a time has all that it
    saves, and every layer is computed forward twice.
    """
    one = _measured(with_layers(shapes, 1, 1), config, batch)
    encoder = _measured(with_layers(shapes, 2, 1), config, batch).plus(one, -1)
    language = _measured(with_layers(shapes, 1, 2), config, batch).plus(one, -1)
    rest = one.plus(encoder, -1).plus(language, -1)
    layers = (
        (encoder, shapes["audio_config"]["num_hidden_layers"], _encoder_input(shapes, batch)),
        (language, shapes["text_config"]["num_hidden_layers"], _language_input(shapes, batch)),
    )
    found = rest
    for layer, count, entering in layers:
        if config.run.gradient_checkpointing and layer.saved > 0:
            kept = Cost(entering, layer.forward, layer.total + layer.forward)
            found = found.plus(kept, count)
        else:
            found = found.plus(layer, count)
    if config.run.gradient_checkpointing:
        found = found.plus(Cost(max(encoder.saved, language.saved), 0, 0))
    return found


def _measured(shapes: dict[str, Any], config: AnyConfig, batch: Batch) -> Cost:
    saved: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        saved[storage._cdata] = storage
        return tensor

    with FakeTensorMode():
        planned = planned_model(shapes, config)
        model = planned.model.train()
        if config.run.shard and config.schedule.bf16:
            halve(model)  # as FSDP gathers it
        with (
            FlopCounterMode(display=False, custom_mapping=_ATTENTION) as flops,
            saved_tensors_hooks(keep, lambda tensor: tensor),
        ):
            with precision(_CPU, bf16=config.schedule.bf16):
                loss = _loss(planned, config, batch)
            forward = flops.get_total_flops()
            loss.backward()  # type: ignore[no-untyped-call]  # torch does not annotate it
        for weight in planned.weights.values():
            saved.pop(weight.untyped_storage()._cdata, None)
    size = sum(storage.nbytes() for storage in saved.values())
    return Cost(size, forward, flops.get_total_flops())


def _loss(planned: Planned, config: AnyConfig, batch: Batch) -> Tensor:
    model = planned.model
    if isinstance(config, AlignConfig):
        return weighted_loss(model, *_text_states(model, None, config, batch))[0]
    frames = max(4, round(batch.seconds * FRAMES_PER_SECOND))
    bins = model.config.audio_config.num_mel_bins
    mels = torch.empty(batch.clips, bins, frames + RIGHT_CONTEXT_FRAMES)
    states, _ = encode(model.model.audio_tower, mels, torch.full((batch.clips,), frames))
    if isinstance(config, ListenConfig):
        heard = states.float().square().mean()
        if config.word_weight > 0:
            heard = heard + model.model.multi_modal_projector(states).float().square().mean()
        return heard
    if planned.reads_tokens:
        ids = torch.zeros(states.shape[:2], dtype=torch.long)
        audio = model.get_input_embeddings()(ids)
    else:
        audio = model.model.multi_modal_projector(states)
    hidden, packed = _text_states(model, audio, config, batch)
    if isinstance(config, GrpoConfig):
        return token_scores(model, hidden, packed, config.temperature)[0].mean()
    return weighted_loss(model, hidden, packed)[0]


def _text_states(
    model: Any, audio: Tensor | None, config: AnyConfig, batch: Batch
) -> tuple[Tensor, Packed]:
    """The language stages' states of rows of sound and text; without ``audio`` sound is tokens."""
    sound_tokens = 0 if audio is None else audio.shape[1]
    length = max(batch.text_tokens + batch.sound_tokens, _longest_text(config))
    ids = torch.zeros(batch.clips + batch.texts, length - sound_tokens, dtype=torch.long)
    embedded = model.get_input_embeddings()(ids)
    if audio is not None:
        audio = torch.cat([audio, audio.new_zeros(batch.texts, *audio.shape[1:])])
        embedded = torch.cat([audio.to(embedded.dtype), embedded], dim=1)
    rows, length = embedded.shape[:2]
    learnt = _learnt(config, batch)
    packed = Packed(
        ids=ids,
        positions=torch.zeros(rows, length, dtype=torch.long),
        allowed=torch.ones(rows, 1, length, length, dtype=torch.bool),
        sources=torch.zeros(learnt, dtype=torch.long),
        targets=torch.zeros(learnt, dtype=torch.long),
        weights=torch.ones(learnt),
    )
    return last_states(model, embedded, packed), packed


def _longest_text(config: AnyConfig) -> int:
    text = config.text if isinstance(config, TuneConfig) else None
    return 0 if text is None else text.longest_tokens


def _learnt(config: AnyConfig, batch: Batch) -> int:
    """Tokens of a batch that carry loss, at most; sounds that are said and texts among them."""
    learnt = batch.learnt_tokens
    if isinstance(config, AlignConfig):
        learnt += batch.sound_tokens // 2
    elif isinstance(config, TuneConfig) and speaks(config):
        learnt = max(learnt, batch.sound_tokens)
    return batch.clips * learnt + batch.texts * _longest_text(config)


def logits_bytes(shapes: dict[str, Any], config: AnyConfig, batch: Batch) -> float:
    """What the loss holds for a moment beside what is saved: two float32 of all logits.

    Stage ``grpo`` computes them part by part, and holds four of a part on the way back.
    """
    vocabulary = float(shapes["text_config"]["vocab_size"])
    if isinstance(config, ListenConfig):
        return 0.0
    if isinstance(config, GrpoConfig):
        return 4.0 * 4 * min(SCORED_AT_ONCE, batch.clips * batch.learnt_tokens) * vocabulary
    return 2.0 * 4 * _learnt(config, batch) * vocabulary


def cache_bytes(shapes: dict[str, Any], config: AnyConfig, batch: Batch) -> float:
    """Keys and values of all replies of ``grpo`` while they are written, before any gradient."""
    if not isinstance(config, GrpoConfig):
        return 0.0
    text = shapes["text_config"]
    width = text.get("head_dim") or text["hidden_size"] // text["num_attention_heads"]
    of_token = 2 * text["num_hidden_layers"] * text["num_key_value_heads"] * width
    prompt = batch.seconds * 25 + batch.text_tokens - batch.learnt_tokens
    tokens = batch.clips * config.replies * (prompt + config.reply_tokens)
    return float((2 if config.schedule.bf16 else 4) * of_token * tokens)


def _encoder_input(shapes: dict[str, Any], batch: Batch) -> float:
    """Bytes that enter an encoder layer: 50 states a second in float32."""
    return 4.0 * batch.clips * batch.seconds * 50 * float(shapes["audio_config"]["hidden_size"])


def _language_input(shapes: dict[str, Any], batch: Batch) -> float:
    """Bytes that enter a layer of the language model, counted as float32."""
    length = batch.seconds * 25 + batch.text_tokens
    return 4.0 * batch.clips * length * float(shapes["text_config"]["hidden_size"])


def _attention_flops(query: Any, key: Any, value: Any, *_: object, **__: object) -> int:
    return int(sdpa_flop_count(query, key, value))  # type: ignore[no-untyped-call]  # torch does not annotate it


def _attention_backward_flops(
    grad: Any, query: Any, key: Any, value: Any, *_: object, **__: object
) -> int:
    flops = sdpa_backward_flop_count(grad, query, key, value)  # type: ignore[no-untyped-call]  # as above
    return int(flops)


_aten = torch.ops.aten
_ATTENTION = {  # torch counts those of CUDA only
    _aten._scaled_dot_product_flash_attention_for_cpu: _attention_flops,
    _aten._scaled_dot_product_flash_attention_for_cpu_backward: _attention_backward_flops,
}
