"""The language model as the writer sees it: one sequence over a key-value cache."""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch
from torch import Tensor

from uas_model.runner.kv_cache import KvCache
from uas_model.runner.language_model import LanguageModel
from uas_model.runner.trie import ROOT, TokenTrie


class CachedForward:
    """A sequence that starts with a prompt, of which the cache may hold a beginning.

    Args:
        model: the weights.
        cache: holds a proper beginning of `prompt_keys`.
        prompt: embeddings of the whole prompt, `[P, hidden]`.
        prompt_keys: what the cache files each prompt position under.
    """

    def __init__(
        self,
        model: LanguageModel,
        cache: KvCache,
        prompt: Tensor,
        prompt_keys: Sequence[int],
    ) -> None:
        self._model = model
        self._cache = cache
        self._prompt = prompt
        self._prompt_keys = prompt_keys
        self._tree_start = 0
        self._tree_ids: tuple[int, ...] = ()
        self.passes = 0
        self.prefill_s = 0.0
        self.decode_s = 0.0

    def chain(self, ids: Sequence[int]) -> Tensor:
        """Append `ids` and return the scores after the last: `[vocabulary] float32`."""
        return self._run(ids, None)[0]

    def tree(self, ids: Sequence[int], trie: TokenTrie) -> Tensor:
        """Append `ids`; scores after the last and after each node: `[1 + nodes, vocabulary]`."""
        return self._run(ids, trie)

    def keep(self, nodes: Sequence[int]) -> None:
        """Append these nodes of the last tree; the others are forgotten."""
        ids = [self._tree_ids[node] for node in nodes]
        self._cache.keep(self._tree_start, nodes, ids)

    def _run(self, ids: Sequence[int], trie: TokenTrie | None) -> Tensor:
        started = time.perf_counter()
        model, cache = self._model, self._cache
        nodes = () if trie is None else trie.ids
        parents = () if trie is None else trie.parents
        start, length = len(cache), len(ids)
        x = torch.cat((self._embed(start, ids), model.embed(nodes)))
        mask, depths = tree_mask(start, length, parents)
        hidden = model.forward(x, cache, depths, mask)
        cache.keep(start, range(length), self._keys(start, ids))
        self._tree_start, self._tree_ids = start + length, nodes
        scores = model.logits(hidden[length - 1 :])
        self._count(time.perf_counter() - started)
        return scores

    def _embed(self, start: int, ids: Sequence[int]) -> Tensor:
        ahead = self._prompt[start:]
        return torch.cat((ahead, self._model.embed(ids[len(ahead) :])))

    def _keys(self, start: int, ids: Sequence[int]) -> list[int]:
        ahead = self._prompt_keys[start:]
        return [*ahead, *ids[len(ahead) :]]

    def _count(self, seconds: float) -> None:
        if self.passes == 0:
            self.prefill_s = seconds
        else:
            self.decode_s += seconds
        self.passes += 1


def tree_mask(start: int, length: int, parents: Sequence[int]) -> tuple[Tensor | None, Tensor]:
    """Who sees whom when `length` tokens and then a tree follow `start` cached ones.

    Returns:
        mask: `[M, start + M] float32` of 0 and -inf with M = length + nodes; None for M = 1.
        positions: `[M] int64`: nodes at the same depth share one.
    """
    rows = length + len(parents)
    positions = torch.arange(start, start + rows)
    if rows == 1:
        return None, positions
    seen = torch.ones(rows, start + rows, dtype=torch.bool).tril_(start)
    for node, parent in enumerate(parents):
        row = length + node
        above = length - 1 if parent == ROOT else length + parent
        seen[row] = seen[above]
        seen[row, start + row] = True
        positions[row] = positions[above] + 1
    mask = torch.zeros(rows, start + rows).masked_fill_(~seen, -torch.inf)
    return mask, positions
