"""What the writer needs of a model: scores of next tokens for one growing sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

from uas_model.runner.trie import TokenTrie


class Forward(Protocol):
    """One sequence under way. Rows are raw scores, `[vocabulary] float32`."""

    def chain(self, ids: Sequence[int]) -> Tensor:
        """Append `ids` (at least one) and return the scores after the last: `[vocabulary]`."""
        ...

    def tree(self, ids: Sequence[int], trie: TokenTrie) -> Tensor:
        """Append `ids` (at least one) and look past them along every branch of `trie`.

        Returns `[1 + nodes, vocabulary]`: the scores after the last of `ids`, then after each
        node. The nodes are not part of the sequence until `keep` says so.
        """
        ...

    def keep(self, nodes: Sequence[int]) -> None:
        """Append these nodes of the last `tree`: a path from its root."""
        ...
