"""A model that says the worst: it tries to break out of every constraint.

Its scores favour quotes, backslashes, digits, halves of characters, control tokens and the end, and
some of its rows are all NaN or all minus infinity. The decoding loop around it is the real one, so
whatever comes out proves the loop. It ships so that a server can be tested without weights.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from uas_model.runner.request import Final, GenerateRequest, Hooks
from uas_model.runner.trie import TokenTrie
from uas_model.runner.writer import Vocabulary, Writer

FAVOUR = 30.0
"""Added to a favoured token's score: far beyond the normal noise of the others."""

_Spoil: TypeAlias = Callable[[Tensor], Tensor]
_SPOILS: tuple[_Spoil, ...] = (
    lambda scores: scores.fill_(float("nan")),
    lambda scores: scores.fill_(-torch.inf),
    lambda scores: scores.fill_(0.0),
    lambda scores: scores.masked_fill_(scores > 0, torch.inf),
    lambda scores: scores.masked_fill_(scores > 0, float("nan")),
)
_SPOILED_ROWS = 0.1


class AdversarialForward:
    """Scores without a model; the same seed gives the same scores."""

    def __init__(self, groups: Sequence[Tensor], vocabulary_size: int, seed: int) -> None:
        self._groups = groups
        self._size = vocabulary_size
        self._random = torch.Generator().manual_seed(seed)

    def chain(self, ids: Sequence[int]) -> Tensor:
        """Scores `[vocabulary]` that have nothing to do with `ids`."""
        del ids
        return self._row()

    def tree(self, ids: Sequence[int], trie: TokenTrie) -> Tensor:
        """Scores `[1 + nodes, vocabulary]` that have nothing to do with the texts."""
        del ids
        return torch.stack([self._row() for _ in range(1 + len(trie.ids))])

    def keep(self, nodes: Sequence[int]) -> None:
        """Remember nothing."""

    def _row(self) -> Tensor:
        scores = torch.randn(self._size, generator=self._random)
        scores[self._groups[self._draw(len(self._groups))]] += FAVOUR
        if float(torch.rand(1, generator=self._random)) < _SPOILED_ROWS:
            _SPOILS[self._draw(len(_SPOILS))](scores)
        return scores

    def _draw(self, count: int) -> int:
        return int(torch.randint(count, (1,), generator=self._random))


class AdversarialModel:
    """The real decoding loop over adversarial scores.

    Equal prompts and prefills under an equal seed give equal texts.
    """

    context_tokens = 1 << 20

    def __init__(self, vocabulary: Vocabulary, seed: int = 0) -> None:
        self._vocabulary = vocabulary
        self._seed = seed
        self._groups = _nasty_groups(vocabulary)

    def generate(self, request: GenerateRequest, hooks: Hooks) -> Final:
        """Run one generation to its end. Raises `RunnerError` about the request."""
        given = (*request.prompt_ids, *request.prefill_ids)
        seed = zlib.crc32(repr((self._seed, request.seed, given)).encode())
        forward = AdversarialForward(self._groups, self._vocabulary.size, seed)
        return Writer(forward, self._vocabulary, request, given, hooks).write()


def _nasty_groups(vocabulary: Vocabulary) -> list[Tensor]:
    """Tokens that share a way of breaking JSON, `[tokens] int64` each."""
    table = vocabulary.token_bytes
    tests: tuple[Callable[[bytes], bool], ...] = (
        lambda data: b'"' in data,
        lambda data: b"\\" in data,
        lambda data: data.isdigit(),
        lambda data: any(byte >= 0x80 for byte in data),
        lambda data: any(byte < 0x20 or byte == 0x7F for byte in data),
        lambda data: data == b"",
        lambda data: data.isspace(),
        lambda data: any(byte in b"{}[],:" for byte in data),
        lambda data: data.isalpha(),
    )
    groups = [[index for index, data in enumerate(table) if test(data)] for test in tests]
    return [torch.tensor(group) for group in (*groups, [vocabulary.end_id]) if group]
