"""Embeddings of clips heard lately, by content, so that a second question costs no encoder time."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

KEPT_BYTES = 16 << 20
"""Of embeddings: of the default model 48 clips of 12 s, the windows of some ten minutes.

A document asks for its clip twice at once, and a client perhaps for one of its last clips; one that
is not there any more costs its encoding.
"""


def clip_key(salt: str, samples: NDArray[np.float32]) -> bytes:
    """SHA-256 of a clip's samples under a salt; callers with other salts get other keys."""
    digest = hashlib.sha256(len(salt).to_bytes(4, "big") + salt.encode())
    digest.update(np.ascontiguousarray(samples, dtype=np.float32).data)
    return digest.digest()


class EncoderCache:
    """Least recently used embeddings, bounded in bytes."""

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self._most_bytes = most_bytes
        self._entries: OrderedDict[bytes, Tensor] = OrderedDict()
        self.held_bytes = 0

    def get(self, key: bytes, make: Callable[[], Tensor]) -> Tensor:
        """Return the embeddings `[tokens, hidden]` under `key`, made when not there."""
        found = self._entries.get(key)
        if found is None:
            found = make()
            self._entries[key] = found
            self.held_bytes += found.nbytes
            while self.held_bytes > self._most_bytes and len(self._entries) > 1:
                self.held_bytes -= self._entries.popitem(last=False)[1].nbytes
        self._entries.move_to_end(key)
        return found
