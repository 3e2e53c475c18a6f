"""Regular expressions over the vocabulary: which tokens may come next, as masks of the logits.

outlines-core compiles a pattern into an automaton over tokens; a mask per state is made when the
state is first met and kept, so a step costs one addition. Knows nothing of the skeleton.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

import torch
from outlines_core import Index, Vocabulary
from torch import Tensor

from uas_model.runner.errors import PatternError

MOST_PATTERN_CHARACTERS = 65_536
MOST_MASKS = 256
"""Masks kept of all patterns together: 256 of them over 49k tokens are 12 MB of bools."""
MOST_GUIDE_BYTES = 64 << 20
"""Of automata that are kept: 29 of objects of four strings, 2.2 MiB each over 49k tokens.

One that is larger is kept alone.
"""
BYTES_PER_PICKLED = 2
"""An automaton takes twice the bytes that it is pickled to (measured, outlines-core 0.2)."""


class Masks:
    """Masks by pattern and state; the least recently used beyond `most` are dropped."""

    def __init__(self, most: int = MOST_MASKS) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[object, int], Tensor] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, owner: object, state: int, make: Callable[[int], Tensor]) -> Tensor:
        """Return the mask of a state, made when it is not there. Keeps `owner` alive."""
        mask = self._kept.get((owner, state))
        if mask is None:
            mask = self._kept[owner, state] = make(state)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end((owner, state))
        return mask


class Guide:
    """The automaton of one pattern. States are outlines-core's; it holds no position itself."""

    def __init__(
        self, pattern: str, vocabulary: Vocabulary, vocabulary_size: int, masks: Masks
    ) -> None:
        try:
            self._index = Index(pattern, vocabulary)
        except (ValueError, RuntimeError) as error:
            raise PatternError(
                f"the pattern {pattern[:80]!r} cannot be compiled over this vocabulary; "
                "look-around, back-references and impossible patterns are not supported"
            ) from error
        self._size = vocabulary_size
        self._end_id: int = vocabulary.get_eos_token_id()
        self._masks = masks
        self._mark = object()  # of this automaton among the masks; a guide would be kept alive
        self._only_end: dict[int, bool] = {}

    @cached_property
    def size_bytes(self) -> int:
        """Memory of the automaton, about; takes a tenth of the time that compiling took."""
        return BYTES_PER_PICKLED * len(pickle.dumps(self._index))

    @property
    def start(self) -> int:
        """The state before the first token."""
        state: int = self._index.get_initial_state()
        return state

    def after(self, state: int, token: int) -> int:
        """Return the state after an allowed token."""
        following: int | None = self._index.get_next_state(state, token)
        if following is None:
            raise ValueError(f"token {token} is not allowed in state {state}")
        return following

    def allows(self, state: int, token: int) -> bool:
        """Whether `token` may come next."""
        return not bool(self.forbidden(state)[token])

    def is_complete(self, state: int) -> bool:
        """Whether the text so far matches the whole pattern."""
        return bool(self._index.is_final_state(state))

    def must_end(self, state: int) -> bool:
        """Whether nothing can follow: the text matches and no longer text does."""
        if state not in self._only_end:
            allowed = set(self._index.get_allowed_tokens(state) or ())
            self._only_end[state] = self.is_complete(state) and allowed <= {self._end_id}
        return self._only_end[state]

    def forbidden(self, state: int) -> Tensor:
        """Mask of the tokens that may not come next ([vocabulary] bool)."""
        return self._masks.get(self._mark, state, self._forbidden)

    def _forbidden(self, state: int) -> Tensor:
        mask = torch.ones(self._size, dtype=torch.bool)
        mask[list(self._index.get_allowed_tokens(state) or ())] = False
        return mask


class GuideCache:
    """Compiled patterns over one vocabulary; the least recently used are dropped.

    Kept are `most` at most and `most_bytes` of them, but always the last one.
    `vocabulary` maps ids to bytes; ids that stand for no text (control tokens) are left out by
    the caller. `pinned` patterns are compiled at once and never dropped.
    """

    def __init__(
        self,
        vocabulary: Mapping[int, bytes],
        *,
        end_id: int,
        vocabulary_size: int,
        pinned: Iterable[str] = (),
        most: int = 64,
        most_bytes: int = MOST_GUIDE_BYTES,
    ) -> None:
        by_bytes: dict[bytes, list[int]] = {}
        for token, data in vocabulary.items():
            if data and token != end_id:
                by_bytes.setdefault(data, []).append(token)
        self._vocabulary = Vocabulary(end_id, by_bytes)
        self._size = vocabulary_size
        self._most = most
        self._most_bytes = most_bytes
        self.masks = Masks()
        self._guides: OrderedDict[str, Guide] = OrderedDict()
        self._pinned = {pattern: self._compile(pattern) for pattern in pinned}

    def get(self, pattern: str) -> Guide:
        """Return the pattern's guide, compiled at first use. Raises `PatternError`."""
        if pattern in self._pinned:
            return self._pinned[pattern]
        if pattern not in self._guides:
            self._guides[pattern] = self._compile(pattern)
            self._drop_old()
        self._guides.move_to_end(pattern)
        return self._guides[pattern]

    def _drop_old(self) -> None:
        held = sum(guide.size_bytes for guide in self._guides.values())
        while len(self._guides) > 1 and (len(self._guides) > self._most or held > self._most_bytes):
            held -= self._guides.popitem(last=False)[1].size_bytes

    def _compile(self, pattern: str) -> Guide:
        if len(pattern) > MOST_PATTERN_CHARACTERS:
            raise PatternError(
                f"the pattern has {len(pattern)} characters; at most {MOST_PATTERN_CHARACTERS}"
            )
        return Guide(pattern, self._vocabulary, self._size, self.masks)
