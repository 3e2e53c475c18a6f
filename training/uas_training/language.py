"""The whole model on training batches: encoder, projector or audio tokens, language model, loss.

Logits are computed only where a token has weight, because 49,152 columns cost as much as the
language model itself. Branches of one clip share its audio and do not see each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from uas_model.audio_vocabulary import AudioVocabulary
from uas_training.audio_tokens import ids_of
from uas_training.data.sequences import ClipSequence
from uas_training.encoder import encode, pad_mels


@dataclass(frozen=True)
class Packed:
    """A batch of clip sequences.

    ``ids`` ``[B, L] int64``; ``positions`` ``[B, L] int64``, which restart after the prefix in
    every branch; ``allowed`` ``[B, 1, L, L] bool``, query by key; ``sources``, ``targets`` and
    ``weights`` ``[W]``: flat positions whose next token counts, that token, and how much.
    """

    ids: Tensor
    positions: Tensor
    allowed: Tensor
    sources: Tensor
    targets: Tensor
    weights: Tensor

    def to(self, device: torch.device) -> "Packed":
        """The batch on a device."""
        return Packed(**{one.name: getattr(self, one.name).to(device) for one in fields(self)})


def pack(sequences: Sequence[ClipSequence]) -> Packed:
    """Lay the sequences of a batch side by side, padded on the right."""
    length = max(sequence.length for sequence in sequences)
    ids = np.zeros((len(sequences), length), np.int64)
    positions = np.zeros_like(ids)
    owner = np.full(ids.shape, -2)  # -2 padding, -1 prefix, else the branch's number
    sources, targets, weights = [], [], []
    for row, sequence in enumerate(sequences):
        start = len(sequence.prefix)
        ids[row, :start], positions[row, :start] = sequence.prefix, np.arange(start)
        owner[row, :start] = -1
        at = start
        for number, branch in enumerate(sequence.branches):
            span = slice(at, at + len(branch.ids))
            ids[row, span] = branch.ids
            positions[row, span] = start + np.arange(len(branch.ids))
            owner[row, span] = number
            for offset, weight in enumerate(branch.weights):
                if weight > 0:
                    before = at + offset if offset else start  # not the branch beside it
                    sources.append(row * length + before - 1)
                    targets.append(branch.ids[offset])
                    weights.append(weight)
            at = span.stop
    same = (owner[:, :, None] == owner[:, None, :]) | (owner[:, None, :] == -1)
    allowed = same & np.tri(length, dtype=bool)
    return Packed(
        torch.from_numpy(ids),
        torch.from_numpy(positions),
        torch.from_numpy(allowed[:, None]),
        torch.tensor(sources, dtype=torch.int64),
        torch.tensor(targets, dtype=torch.int64),
        torch.tensor(weights, dtype=torch.float32),
    )


def hidden_states(
    model: Any,
    mels: Sequence[np.ndarray],
    packed: Packed,
    audio_id: int,
    vocabulary: AudioVocabulary | None = None,
) -> Tensor:
    """Last hidden states of a batch, ``[B, L, d]``.

    Args:
        model: ``AudioFlamingo3ForConditionalGeneration``.
        mels: one log-mel ``[80, F + 4]`` per clip; none for a batch of tokens alone.
        packed: the batch; it must hold as many audio ids as the clips have encoder states.
        audio_id: id of the audio token.
        vocabulary: of the audio tokens that stand for the clips; without it projected states do.
    """
    if not len(mels):
        return token_states(model, packed)
    if vocabulary is not None:
        return token_states(model, as_tokens(model, mels, packed, audio_id, vocabulary))
    states, real = encode(model.model.audio_tower, *pad_mels(mels))
    return heard_states(model, states[real], packed, audio_id)


def as_tokens(
    model: Any,
    mels: Sequence[np.ndarray],
    packed: Packed,
    audio_id: int,
    vocabulary: AudioVocabulary,
) -> Packed:
    """The batch with the tokens of its clips, log-mels ``[80, F + 4]``, where ``audio_id`` is."""
    return with_sounds(packed, ids_of(model.model.audio_tower, vocabulary, mels), audio_id)


def heard_states(model: Any, states: Tensor, packed: Packed, audio_id: int) -> Tensor:
    """Last hidden states ``[B, L, d]`` of a batch whose audio ids stand for encoder states
    ``[N, d_audio]``, clip by clip."""
    packed = packed.to(states.device)
    audio = model.model.multi_modal_projector(states)
    embedded = model.get_input_embeddings()(packed.ids)
    place = (packed.ids == audio_id)[..., None].expand_as(embedded)
    return last_states(model, embedded.masked_scatter(place, audio.to(embedded.dtype)), packed)


def with_sounds(packed: Packed, sounds: Tensor, audio_id: int) -> Packed:
    """The batch with token ids ``[N]`` in the places that ``audio_id`` marks, row by row.

    Where a sound is the answer its tokens are targets as well. Such a sound is a row's only branch,
    so the token after a source is what the source predicts.
    """
    packed = packed.to(sounds.device)
    ids = packed.ids.masked_scatter(packed.ids == audio_id, sounds)
    said = packed.targets == audio_id
    targets = packed.targets.masked_scatter(said, ids.flatten()[packed.sources[said] + 1])
    return replace(packed, ids=ids, targets=targets)


def token_states(model: Any, packed: Packed) -> Tensor:
    """Last hidden states ``[B, L, d]`` of a batch that is tokens alone."""
    packed = packed.to(model.device)
    return last_states(model, model.get_input_embeddings()(packed.ids), packed)


def last_states(model: Any, embedded: Tensor, packed: Packed) -> Tensor:
    """Last hidden states ``[B, L, d]`` of embedded tokens ``[B, L, d]``."""
    mask = torch.zeros(packed.allowed.shape, dtype=embedded.dtype, device=embedded.device)
    mask = mask.masked_fill(~packed.allowed, torch.finfo(embedded.dtype).min)
    output = model.model.language_model(
        inputs_embeds=embedded,
        attention_mask=mask,
        position_ids=packed.positions,
        use_cache=False,
    )
    states_out: Tensor = output.last_hidden_state
    return states_out


def batch_loss(
    model: Any,
    mels: Sequence[np.ndarray],
    packed: Packed,
    audio_id: int,
    vocabulary: AudioVocabulary | None = None,
) -> tuple[Tensor, Tensor]:
    """``weighted_loss`` of a batch as `hidden_states` takes it; the answer may be a sound."""
    if vocabulary is not None and len(mels):
        packed, mels = as_tokens(model, mels, packed, audio_id, vocabulary), ()
    return weighted_loss(model, hidden_states(model, mels, packed, audio_id), packed)


def weighted_loss(model: Any, hidden: Tensor, packed: Packed) -> tuple[Tensor, Tensor]:
    """Weighted mean cross-entropy of a batch, and the unweighted one of every token ``[W]``."""
    packed = packed.to(hidden.device)
    chosen = hidden.flatten(0, 1)[packed.sources]
    logits = model.lm_head(chosen).float()
    losses = nn.functional.cross_entropy(logits, packed.targets, reduction="none")
    return (losses * packed.weights).sum() / packed.weights.sum(), losses.detach()
