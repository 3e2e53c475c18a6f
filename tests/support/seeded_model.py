"""A model whose scores depend on nothing but the tokens so far, for both decoding loops.

The same scores reach the local loop as a `Forward` and the walk as a `Continues`, so that what the
two make of them can be compared.
"""

import math
import zlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

import torch
from torch import Tensor

from uas_model.runner.request import Final, GenerateRequest, Hooks
from uas_model.runner.trie import ROOT, TokenTrie
from uas_model.runner.writer import Vocabulary, Writer


class SeededModel:
    """Scores `[vocabulary]` by the ids so far; `stubborn` favours one token, which makes loops."""

    def __init__(self, vocabulary: Vocabulary, seed: int, *, stubborn: bool = False) -> None:
        self._vocabulary = vocabulary
        self._seed = seed
        self._stubborn = stubborn
        self._favourite = seed % vocabulary.size

    def scores(self, ids: Sequence[int]) -> Tensor:
        random = torch.Generator().manual_seed(zlib.crc32(repr((self._seed, *ids)).encode()))
        scores = torch.randn(self._vocabulary.size, generator=random) * 4
        if self._stubborn:
            scores[self._favourite] += 100
        return scores

    def write(self, request: GenerateRequest) -> tuple[Final, str]:
        """What the local engine's loop makes of it, and the text that it said on the way."""
        said: list[str] = []
        hooks = Hooks(say=said.append, interrupted=lambda: None)
        forward = _SeededForward(self)
        start = (*request.prompt_ids, *request.prefill_ids)
        final = Writer(forward, self._vocabulary, request, start, hooks).write()
        return final, "".join(said)


class _SeededForward:
    def __init__(self, model: SeededModel) -> None:
        self._model = model
        self._ids: list[int] = []
        self._trie: TokenTrie | None = None

    def chain(self, ids: Sequence[int]) -> Tensor:
        self._ids += ids
        return self._model.scores(self._ids)

    def tree(self, ids: Sequence[int], trie: TokenTrie) -> Tensor:
        self._ids += ids
        self._trie = trie
        ways: dict[int, list[int]] = {ROOT: []}
        for node, (token, parent) in enumerate(zip(trie.ids, trie.parents, strict=True)):
            ways[node] = [*ways[parent], token]
        return torch.stack([self._model.scores([*self._ids, *way]) for way in ways.values()])

    def keep(self, nodes: Sequence[int]) -> None:
        assert self._trie is not None
        self._ids += [self._trie.ids[node] for node in nodes]


class SeededContinues:
    """The same scores for a walk. Greedy only."""

    def __init__(
        self, model: SeededModel, vocabulary: Vocabulary, prompt_ids: Sequence[int]
    ) -> None:
        self._model = model
        self._vocabulary = vocabulary
        self._prompt = list(prompt_ids)

    async def sample(
        self, said: Sequence[int], pattern: str, *, room: int, temperature: float, seed: int | None
    ) -> AsyncGenerator[int, None]:
        steps = self.steps(
            said, pattern, room=room, temperature=temperature, seed=seed, likely=False
        )
        async with aclosing(steps) as tokens:
            async for token, _ in tokens:
                yield token

    async def steps(
        self,
        said: Sequence[int],
        pattern: str,
        *,
        room: int,
        temperature: float,
        seed: int | None,
        likely: bool,
    ) -> AsyncGenerator[tuple[int, Mapping[int, float]], None]:
        guide = self._vocabulary.guides.get(pattern)
        ids = [*self._prompt, *said]
        state = guide.start
        for _ in range(room + 1):
            if guide.must_end(state):
                return
            scores = self._model.scores(ids).masked_fill(guide.forbidden(state), -torch.inf)
            token = int(scores.argmax())
            if token == self._vocabulary.end_id:
                return
            rated = scores.log_softmax(dim=-1).tolist() if likely else []
            yield token, {each: log for each, log in enumerate(rated) if log > -math.inf}
            ids.append(token)
            state = guide.after(state, token)

    async def rate(
        self, starts: Sequence[Sequence[int]], following: Sequence[Sequence[int]]
    ) -> list[Mapping[int, float]]:
        rated: list[Mapping[int, float]] = []
        for start, tokens in zip(starts, following, strict=True):
            row = self._model.scores([*self._prompt, *start]).log_softmax(dim=-1)
            rated.append({token: float(row[token]) for token in tokens})
        return rated
