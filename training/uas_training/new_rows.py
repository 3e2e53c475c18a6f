"""Rows added to a language model's embedding and output matrices, which train alone.

The old rows stay where they are: no gradient, no copy, no mask. ``tests/training/test_align.py``
proves that nothing else moves.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from uas_training.config import Initialisation


class LongerEmbedding(nn.Module):
    """An embedding whose ids from ``len(base)`` on are the rows of ``rows`` ``[K, D]``."""

    def __init__(self, base: nn.Embedding, rows: Tensor) -> None:
        super().__init__()
        self.base, self.rows = base, nn.Parameter(rows)

    def forward(self, ids: Tensor) -> Tensor:
        """``[...]`` ids to ``[..., D]`` in the type of the old rows."""
        old = len(self.base.weight)
        new = nn.functional.embedding((ids - old).clamp(min=0), self.rows)
        known: Tensor = self.base(ids.clamp(max=old - 1))
        return torch.where((ids >= old)[..., None], new.to(known.dtype), known)


class LongerHead(nn.Module):
    """An output layer with ``rows`` ``[K, D]`` behind its old ones.

    ``weight`` and ``bias`` are those of the old ones, in whose type states come. TRL reads them and
    calls nothing, so in ``grpo`` old tokens alone are compared; no reply has another.
    """

    bias = None

    def __init__(self, base: nn.Linear, rows: Tensor) -> None:
        super().__init__()
        self.base, self.rows = base, nn.Parameter(rows)

    @property
    def weight(self) -> Tensor:
        """The old rows ``[V, D]``."""
        return self.base.weight

    def forward(self, states: Tensor) -> Tensor:
        """``[..., D]`` to logits ``[..., V + K]``."""
        known: Tensor = self.base(states)
        new = nn.functional.linear(states, self.rows.to(states.dtype))
        return torch.cat([known, new.to(known.dtype)], dim=-1)


@dataclass(frozen=True)
class Rows:
    """Rows ``[K, D] float32`` of the embedding and of the output matrix."""

    inputs: Tensor
    outputs: Tensor


def shorten(model: Any, first: int) -> Rows:
    """Take the rows from ``first`` on away from both matrices of ``model``, in place.

    `lengthen` puts them back as what learns alone.
    """
    table = model.get_input_embeddings().weight.detach()
    output = model.lm_head.weight.detach()
    model.set_input_embeddings(
        nn.Embedding(first, table.shape[1], _weight=table[:first], _freeze=True)
    )
    model.lm_head = nn.Linear(output.shape[1], first, bias=False, device="meta")
    model.lm_head.weight = nn.Parameter(output[:first], requires_grad=False)
    return Rows(table[first:].float().clone(), output[first:].float().clone())


def lengthen(model: Any, rows: Rows) -> tuple[nn.Parameter, nn.Parameter]:
    """Add rows to both matrices of ``model``, in place.

    Returns the two parameters that hold them, of the embedding and of the output layer.
    """
    embedding = LongerEmbedding(model.get_input_embeddings(), rows.inputs)
    head = LongerHead(model.lm_head, rows.outputs)
    model.set_input_embeddings(embedding)
    model.lm_head = head
    return embedding.rows, head.rows


@torch.no_grad()
def first_rows(
    model: Any, centroids: Tensor, initialisation: Initialisation, generator: torch.Generator
) -> Rows:
    """Where the rows of audio tokens start.

    The output rows are drawn around the mean of the old ones, so that no sound is likelier than a
    word at first (Hewitt 2021); what a projector makes is too long for that.

    Args:
        model: AudioFlamingo3, its vocabulary as it was.
        centroids: ``[K, d]`` encoder states that the tokens stand for.
        initialisation: the input rows: "projector" takes what the projector makes of each centroid,
            "mean" draws them as the output rows are drawn.
        generator: the only source of randomness.
    """
    count = len(centroids)
    outputs = _around_the_mean(model.lm_head.weight, count, generator)
    if initialisation == "projector":
        return Rows(model.model.multi_modal_projector(centroids.to(model.device)).float(), outputs)
    return Rows(_around_the_mean(model.get_input_embeddings().weight, count, generator), outputs)


def _around_the_mean(old: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """``[count, D]`` rows from a normal distribution with the mean and spread of the old ones."""
    table = old.float()
    noise = torch.randn(count, table.shape[1], generator=generator)
    return table.mean(dim=0) + noise.to(table.device) * table.std(dim=0)
