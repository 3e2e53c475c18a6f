"""Throw-away heads of stage ``listen``.

Each head pools the encoder's states with its own attention and classifies the result. They exist
to give the encoder a gradient; they are not part of the shipped model, whose values come from the
language model's logits.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

UNKNOWN = -1
EVENTS = "events"
RARE_LABEL_LOGIT = -4.0
"""Where the event head starts: 2 %, because most labels are absent from most clips."""


class Head(nn.Module):
    """Attention pooling over time, then one linear layer."""

    def __init__(self, width: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.score = nn.Linear(width, 1)
        self.dropout = nn.Dropout(dropout)
        self.classify = nn.Linear(2 * width, classes)
        nn.init.zeros_(self.score.weight)

    def forward(self, states: Tensor, real: Tensor) -> Tensor:
        """``[B, N, d]`` states and their ``[B, N] bool`` mask to ``[B, classes]`` logits."""
        states = states.float()
        weights = attention(self.score(states), real)
        mean = (weights * states).sum(dim=1)
        spread = (weights * (states - mean[:, None]) ** 2).sum(dim=1)
        pooled = torch.cat([mean, (spread + 1e-5).sqrt()], dim=-1)
        logits: Tensor = self.classify(self.dropout(pooled))
        return logits


def attention(scores: Tensor, real: Tensor) -> Tensor:
    """``[B, N, 1]`` weights that sum to 1 over the real states of each clip."""
    return scores.masked_fill(~real[..., None], float("-inf")).softmax(dim=1)


class Heads(nn.Module):
    """One head per question; ``events`` is multi-label, the others pick one class."""

    def __init__(self, width: int, classes: Mapping[str, int], dropout: float) -> None:
        super().__init__()
        heads = {name: Head(width, count, dropout) for name, count in classes.items()}
        if EVENTS in heads:
            nn.init.constant_(heads[EVENTS].classify.bias, RARE_LABEL_LOGIT)
        self.heads = nn.ModuleDict(heads)

    def forward(self, states: Tensor, real: Tensor) -> dict[str, Tensor]:
        """Logits of every head: name -> ``[B, classes]``."""
        return {name: head(states, real) for name, head in self.heads.items()}


def head_losses(logits: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Mean loss per head over the clips whose truth is known.

    Targets are class numbers ``[B]``, or ``[B, classes]`` in {0, 1} for ``events``; ``UNKNOWN``
    marks what the record does not know. A head without one known target in the batch is left out.
    """
    losses = {}
    for name, values in logits.items():
        target = targets[name]
        known = target[:, 0] != UNKNOWN if target.dim() == 2 else target != UNKNOWN
        if not bool(known.any()):
            continue
        if target.dim() == 2:
            losses[name] = _multi_label(values[known], target[known].float())
        else:
            losses[name] = nn.functional.cross_entropy(
                values[known], target[known], label_smoothing=0.1
            )
    return losses


def _multi_label(logits: Tensor, target: Tensor) -> Tensor:
    """Binary cross-entropy summed over labels: rare labels keep their full gradient."""
    loss = nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return loss.sum(dim=1).mean()
