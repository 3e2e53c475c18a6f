"""Rows added to a language model's embedding and output matrices, which train alone.

The old rows stay where they are: no gradient, no copy, no mask. ``tests/training/test_align.py``
proves that nothing else moves.
"""

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
    """An output layer with ``rows`` ``[K, D]`` behind its old ones."""

    def __init__(self, base: nn.Linear, rows: Tensor) -> None:
        super().__init__()
        self.base, self.rows = base, nn.Parameter(rows)

    def forward(self, states: Tensor) -> Tensor:
        """``[..., D]`` to logits ``[..., V + K]``."""
        known: Tensor = self.base(states)
        new = nn.functional.linear(states, self.rows.to(states.dtype))
        return torch.cat([known, new.to(known.dtype)], dim=-1)


def lengthen(model: Any, rows: Tensor) -> tuple[nn.Parameter, nn.Parameter]:
    """Add ``rows`` ``[K, D] float32`` to both matrices of ``model``, in place.

    Returns the two parameters that hold them, of the embedding and of the output layer.
    """
    embedding = LongerEmbedding(model.get_input_embeddings(), rows.clone())
    head = LongerHead(model.lm_head, rows.clone())
    model.set_input_embeddings(embedding)
    model.lm_head = head
    return embedding.rows, head.rows


@torch.no_grad()
def first_rows(
    model: Any, centroids: Tensor, initialisation: Initialisation, generator: torch.Generator
) -> Tensor:
    """Where the rows of audio tokens start, ``[K, D] float32``.

    Args:
        model: AudioFlamingo3, its vocabulary as it was.
        centroids: ``[K, d]`` encoder states that the tokens stand for.
        initialisation: "projector" takes what the projector makes of each centroid; "mean" the
            mean of the old rows with noise of their own spread (Hewitt 2021).
        generator: the only source of randomness.
    """
    if initialisation == "projector":
        rows: Tensor = model.model.multi_modal_projector(centroids).float()
        return rows
    old = model.get_input_embeddings().weight.float()
    noise = torch.randn(len(centroids), old.shape[1], generator=generator)
    drawn: Tensor = old.mean(dim=0) + noise * old.std(dim=0)
    return drawn
