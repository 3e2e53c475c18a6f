"""Keys and values of the tokens seen so far, kept so that a known beginning costs nothing.

A pool holds a few whole conversations. A new one takes the cache that shares the longest beginning
with it, cut back to that beginning: the rest of a document after its branch, or a second question
on the same clip, computes only its new tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class CacheShape:
    """Sizes of one cache."""

    layers: int
    kv_heads: int
    head_size: int
    most_tokens: int
    dtype: torch.dtype


@dataclass
class KvCache:
    """One sequence's keys and values.

    Attributes:
        keys, values: [layers, kv_heads, most_tokens, head_size]; memory is touched as it fills.
        tokens: what is cached, one entry per position. Audio positions hold numbers made from the
            clip's content, so that equal entries mean equal inputs.
    """

    keys: Tensor
    values: Tensor
    tokens: list[int] = field(default_factory=list)

    @classmethod
    def empty(cls, shape: CacheShape) -> KvCache:
        """Allocate an empty cache."""
        size = (shape.layers, shape.kv_heads, shape.most_tokens, shape.head_size)
        return cls(torch.empty(size, dtype=shape.dtype), torch.empty(size, dtype=shape.dtype))

    def __len__(self) -> int:
        return len(self.tokens)

    def shared(self, tokens: Sequence[int]) -> int:
        """Count the cached tokens that `tokens` begins with."""
        for index, (mine, other) in enumerate(zip(self.tokens, tokens, strict=False)):
            if mine != other:
                return index
        return min(len(self.tokens), len(tokens))

    def truncate(self, length: int) -> None:
        """Forget everything after the first `length` tokens."""
        del self.tokens[length:]

    def keep(self, length: int, offsets: Sequence[int], tokens: Sequence[int]) -> None:
        """Move the entries at `length + offsets` to directly behind the first `length`.

        `offsets` ascend; `tokens` are theirs. What else was behind `length` is forgotten.
        """
        del self.tokens[length:]
        self.tokens.extend(tokens)
        if list(offsets) == list(range(len(offsets))):
            return
        source = torch.tensor([length + offset for offset in offsets])
        end = length + len(offsets)
        for store in (self.keys, self.values):
            store[:, :, length:end] = store.index_select(2, source)


class KvPool:
    """A few caches, reused by longest common beginning and then by age; separate per salt."""

    def __init__(self, shape: CacheShape, size: int = 4) -> None:
        if size < 1:
            raise ValueError(f"a pool needs at least one cache, got size {size}")
        self._shape = shape
        self._size = size
        self._caches: list[tuple[str, KvCache]] = []

    def take(self, salt: str, tokens: Sequence[int]) -> KvCache:
        """Return a cache that holds a beginning of `tokens`, cut to it and never the whole.

        At least one token is left to compute, because its logits are needed.
        """
        best, best_length = -1, 0
        for index, (owner, cache) in enumerate(self._caches):
            length = cache.shared(tokens) if owner == salt else 0
            if length > best_length:
                best, best_length = index, length
        if best < 0:
            cache = self._spare()
            best_length = 0
        else:
            cache = self._caches.pop(best)[1]
        cache.truncate(min(best_length, len(tokens) - 1))
        self._caches.append((salt, cache))
        return cache

    def _spare(self) -> KvCache:
        if len(self._caches) < self._size:
            return KvCache.empty(self._shape)
        return self._caches.pop(0)[1]
