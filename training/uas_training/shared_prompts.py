"""Replies to one prompt share its computation: once when they are drawn, once when they are scored.

Group relative policy optimisation writes several replies to each prompt, and TRL computes the
prompt again for each of them. With audio the prompt is long and a reply is short: eight answers of
three tokens to a prompt of 150 are 1,224 tokens, and 174 if they share it. Knows nothing of
rewards.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from uas_training.data.sequences import Branch, ClipSequence
from uas_training.encoder import encode
from uas_training.language import Packed, heard_states, pack, token_states

SCORED_AT_ONCE = 512
"""Tokens whose probabilities over the whole vocabulary are held at one time."""

_OF_ROWS = ("inputs_embeds", "attention_mask", "position_ids")


@contextmanager
def prompts_once(language_model: nn.Module) -> Iterator[None]:
    """While this is open, neighbouring rows with the same prompt are computed once.

    Only the call that fills an empty cache is changed: it gets each prompt once, and the cache and
    the states are repeated. What is written after the prompt is computed row by row, as ever.
    """
    rows: list[Tensor] = []

    def before(_: nn.Module, arguments: tuple[()], options: dict[str, Any]) -> Any:
        rows.clear()
        cache, embedded = options.get("past_key_values"), options["inputs_embeds"]
        if cache is None or cache.get_seq_length() > 0:
            return None
        _, row = torch.unique_consecutive(embedded, dim=0, return_inverse=True)
        rows.append(row)
        first = _first_of_each(row)
        return arguments, options | {
            name: options[name][first]
            for name in _OF_ROWS
            if options.get(name) is not None and len(options[name]) == len(row)
        }

    def after(_: nn.Module, __: tuple[()], output: Any) -> Any:
        if rows:
            output.past_key_values.batch_select_indices(rows[0])
            output.last_hidden_state = output.last_hidden_state[rows[0]]
        return output

    handles = [
        language_model.register_forward_pre_hook(before, with_kwargs=True),
        language_model.register_forward_hook(after),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def reply_log_probs(
    model: Any,
    audio: dict[str, Tensor],
    ids: Tensor,
    mask: Tensor,
    reply_tokens: int,
    *,
    audio_id: int,
    temperature: float,
) -> tuple[Tensor, Tensor]:
    """Log-probability of each token of each reply, and the entropy where it was drawn.

    Args:
        model: ``AudioFlamingo3ForConditionalGeneration`` with ``ClipsOnce`` for its encoder.
        audio: ``input_features`` and ``input_features_mask`` of every row; empty where clips are
            tokens of the prompt.
        ids: ``[R, P + reply_tokens] int64``: prompt, padded on the left, and reply, padded on the
            right. Rows of one prompt and clip that follow each other share them.
        mask: of the same shape, 0 in padding.
        reply_tokens: width of the replies.
        audio_id: id of the token in whose places the clip's states go.
        temperature: logits are divided by it.

    Returns:
        Two ``[R, reply_tokens] float32``, 0 in padding. Only the first carries a gradient.
    """
    row = _prompt_of_each_row(ids[:, :-reply_tokens], audio)
    packed = pack(_sequences(ids, mask.bool(), reply_tokens, row.tolist()))
    packed = packed.to(ids.device)
    hidden = _states(model, audio, packed, _first_of_each(row), audio_id)
    log_probs, entropies = token_scores(model, hidden, packed, temperature)
    written = mask[:, -reply_tokens:].bool()
    empty = torch.zeros(written.shape, device=ids.device)
    return empty.masked_scatter(written, log_probs), empty.masked_scatter(written, entropies)


def token_scores(
    model: Any, hidden: Tensor, packed: Packed, temperature: float
) -> tuple[Tensor, Tensor]:
    """Log-probability ``[W] float32`` of every token that counts in a batch, and the entropy where
    it was drawn, from hidden states ``[B, L, d]``."""
    scored = [
        checkpoint(_scores, model.lm_head, states, targets, temperature, use_reentrant=False)
        for states, targets in zip(
            torch.split(hidden.flatten(0, 1)[packed.sources], SCORED_AT_ONCE),
            torch.split(packed.targets, SCORED_AT_ONCE),
            strict=True,
        )
    ]
    log_probs, entropies = (torch.cat(parts) for parts in zip(*scored, strict=True))
    return log_probs, entropies


def _prompt_of_each_row(prompts: Tensor, audio: dict[str, Tensor]) -> Tensor:
    """The number of each row's prompt, ``[R]``, which grows where prompt or clip changes."""
    changes = torch.zeros(len(prompts), dtype=torch.bool, device=prompts.device)
    for tensor in (prompts, *audio.values()):
        changes[1:] |= (tensor[1:] != tensor[:-1]).flatten(1).any(dim=1)
    return changes.long().cumsum(0)


def _first_of_each(row: Tensor) -> Tensor:
    """The first place of each number in ``[R]`` that counts up from 0."""
    return torch.searchsorted(row, torch.arange(int(row[-1]) + 1, device=row.device))


def _sequences(
    ids: Tensor, mask: Tensor, reply_tokens: int, row: Sequence[int]
) -> list[ClipSequence]:
    """A prompt each, and its replies as branches that do not see each other."""
    found = []
    for _, places in groupby(range(len(row)), key=lambda place: row[place]):
        chosen = list(places)
        prompt = ids[chosen[0], :-reply_tokens][mask[chosen[0], :-reply_tokens]]
        replies = [ids[one, -reply_tokens:][mask[one, -reply_tokens:]].tolist() for one in chosen]
        branches = tuple(Branch(tuple(reply), (1.0,) * len(reply)) for reply in replies)
        found.append(ClipSequence(tuple(prompt.tolist()), branches))
    return found


def _states(
    model: Any, audio: dict[str, Tensor], packed: Packed, rows: Tensor, audio_id: int
) -> Tensor:
    if not audio:
        return token_states(model, packed)
    mels, frames = audio["input_features"][rows], audio["input_features_mask"][rows].sum(dim=1)
    states, real = encode(model.model.audio_tower.encoder, mels, frames)
    return heard_states(model, states[real], packed, audio_id)


def _scores(head: Any, states: Tensor, targets: Tensor, temperature: float) -> tuple[Tensor, ...]:
    """Log-probability of each of ``[W]`` targets, and the entropy that it was drawn from."""
    spread = (head(states).float() / temperature).log_softmax(dim=-1)
    chosen = spread.gather(1, targets[:, None])[:, 0]
    certain = spread.detach()
    return chosen, -(certain.exp() * certain).sum(dim=-1)
