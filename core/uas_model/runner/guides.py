"""Regular expressions over the vocabulary: which tokens may come next, as masks of the logits.

outlines-core compiles a pattern into an automaton over tokens; a mask per state is made when the
state is first met and kept, so a step costs one addition. Knows nothing of the skeleton.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

import torch
from outlines_core import Index, Vocabulary
from torch import Tensor

from uas_model.runner.errors import PatternError

MOST_PATTERN_CHARACTERS = 65_536
MOST_MASKS = 256
"""Masks kept per pattern: 256 of them over 49k tokens are 12 MB of bools."""


class Guide:
    """The automaton of one pattern. States are outlines-core's; it holds no position itself."""

    def __init__(self, pattern: str, vocabulary: Vocabulary, vocabulary_size: int) -> None:
        try:
            self._index = Index(pattern, vocabulary)
        except (ValueError, RuntimeError) as error:
            raise PatternError(
                f"the pattern {pattern[:80]!r} cannot be compiled over this vocabulary; "
                "look-around, back-references and impossible patterns are not supported"
            ) from error
        self._size = vocabulary_size
        self._end_id: int = vocabulary.get_eos_token_id()
        self._masks: OrderedDict[int, Tensor] = OrderedDict()
        self._only_end: dict[int, bool] = {}

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
        mask = self._masks.get(state)
        if mask is None:
            mask = torch.ones(self._size, dtype=torch.bool)
            mask[list(self._index.get_allowed_tokens(state) or ())] = False
            self._masks[state] = mask
            if len(self._masks) > MOST_MASKS:
                self._masks.popitem(last=False)
        else:
            self._masks.move_to_end(state)
        return mask


class GuideCache:
    """Compiled patterns over one vocabulary; the least recently used beyond `most` are dropped.

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
    ) -> None:
        by_bytes: dict[bytes, list[int]] = {}
        for token, data in vocabulary.items():
            if data and token != end_id:
                by_bytes.setdefault(data, []).append(token)
        self._vocabulary = Vocabulary(end_id, by_bytes)
        self._size = vocabulary_size
        self._most = most
        self._guides: OrderedDict[str, Guide] = OrderedDict()
        self._pinned = {pattern: self._compile(pattern) for pattern in pinned}

    def get(self, pattern: str) -> Guide:
        """Return the pattern's guide, compiled at first use. Raises `PatternError`."""
        if pattern in self._pinned:
            return self._pinned[pattern]
        if pattern not in self._guides:
            self._guides[pattern] = self._compile(pattern)
            if len(self._guides) > self._most:
                self._guides.popitem(last=False)
        self._guides.move_to_end(pattern)
        return self._guides[pattern]

    def _compile(self, pattern: str) -> Guide:
        if len(pattern) > MOST_PATTERN_CHARACTERS:
            raise PatternError(
                f"the pattern has {len(pattern)} characters; at most {MOST_PATTERN_CHARACTERS}"
            )
        return Guide(pattern, self._vocabulary, self._size)
