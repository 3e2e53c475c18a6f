"""The decoding loop of engines that only go on from token ids: skeletons, choices and patterns.

The same rules as the local engine's loop (`uas_model.runner.writer`): literals are put in without
asking the model, closed values and choices are rated as whole texts, free slots are sampled under
their pattern. Each step is a request of its own that begins with everything said so far, so the
model's cache of prefixes is what makes it cheap. With `at_once` all of a skeleton that follows its
first literals is one request instead. Knows nothing of UAS, audio or a library.
"""

from __future__ import annotations

import random
import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from functools import lru_cache
from itertools import takewhile
from typing import Protocol

from uas_model.runner.constraints import ANY_TEXT, Choice, Regex
from uas_model.runner.output import Ended, Output
from uas_model.runner.repetition import goes_in_circles
from uas_model.runner.request import Final, Finish, GenerateRequest
from uas_model.runner.trie import ROOT, TokenTrie
from uas_model.tokens import TextTokens
from uas_schema.grammar import regex_of
from uas_schema.skeleton import Literal, Node, Repeat, Skeleton
from uas_server.engine.ratings import Ratings, softmax
from uas_server.engine.trail import Trail

MOST_SEED = 2**63

_QUOTE = '"'


class Continues(Protocol):
    """What the walk needs of a model; `said` is all that follows the prompt, the prefill first."""

    def sample(
        self, said: Sequence[int], pattern: str, *, room: int, temperature: float, seed: int | None
    ) -> AsyncGenerator[int, None]:
        """Yield token ids, without an end token, until `pattern` is complete.

        May yield one token more than `room`, which says that the text was not complete there.
        """
        ...

    def steps(
        self,
        said: Sequence[int],
        pattern: str,
        *,
        room: int,
        temperature: float,
        seed: int | None,
        likely: bool,
    ) -> AsyncGenerator[tuple[int, Mapping[int, float]], None]:
        """The same, each token with log-probabilities of the likeliest legal ones, if wanted.

        They are those under the pattern, at a temperature of 1; the token is among them.
        """
        ...

    async def rate(
        self, starts: Sequence[Sequence[int]], following: Sequence[Sequence[int]]
    ) -> list[Mapping[int, float]]:
        """Log-probability of each token of `following[i]` after `starts[i]`, over all tokens."""
        ...


class Texts:
    """Token ids of forced texts and trees of choices, kept for all generations."""

    def __init__(self, tokens: TextTokens) -> None:
        self.token_bytes = tokens.token_bytes
        self.end_id = tokens.eos_id
        self.encode = lru_cache(maxsize=1024)(lambda text: tuple(tokens.encode_text(text)))
        self.trie = lru_cache(maxsize=256)(self._trie)

    def _trie(self, texts: tuple[str, ...]) -> TokenTrie:
        return TokenTrie.of_texts([self.encode(text) for text in texts], self.end_id)


class Walk:
    """One generation. Create, `write` once, throw away.

    Args:
        model: goes on from token ids.
        texts: of its vocabulary.
        request: what is to be written.
        say: gets text as it comes.
        at_once: sample a skeleton as one text, and read closed values off its steps.
    """

    def __init__(
        self,
        model: Continues,
        texts: Texts,
        request: GenerateRequest,
        say: Callable[[str], None],
        *,
        at_once: bool = False,
    ) -> None:
        self._at_once = at_once
        self._model = model
        self._texts = texts
        self._request = request
        self._output = Output(request, texts.token_bytes, say)
        self._said = list(request.prefill_ids)
        self._random = random.Random(request.seed)
        self._looped = False
        self._probs: dict[str, dict[str, float]] = {}

    async def write(self) -> Final:
        """Generate until the constraint is complete or the budget ends it. Says text on the way.

        When it is cancelled, `final` gives what there is. Raises what the model raises.
        """
        try:
            await self._obey()
            finish: Finish = "repetition" if self._looped else "stop"
        except Ended as ended:
            finish = ended.finish
        return self.final(finish)

    def final(self, finish: Finish) -> Final:
        """Sum up what was generated."""
        return self._output.final(finish, self._probs)

    async def _obey(self) -> None:
        constraint = self._request.constraint
        if constraint is None:
            await self._fill(ANY_TEXT)
        elif isinstance(constraint, Regex):
            await self._fill(constraint.pattern, loops=True)
        elif isinstance(constraint, Choice):
            await self._choose("choice", constraint.texts)
        elif self._at_once:
            await self._nodes(await self._sample(constraint))
        else:
            await self._nodes(constraint)

    async def _nodes(self, nodes: Skeleton) -> None:
        for node in nodes:
            await self._node(node)

    async def _node(self, node: Node) -> None:
        if isinstance(node, Literal):
            self._emit(self._texts.encode(node.text), forced=True)
        elif isinstance(node, Repeat):
            await self._repeat(node)
        elif node.values is not None:
            await self._choose(node.name, node.values)
        else:
            await self._fill(node.pattern)

    async def _repeat(self, node: Repeat) -> None:
        going_on, end = node.first, node.end_empty
        while await self._choose(None, (going_on, end)) == 0:
            for part in node.item:
                await self._node(part)
            going_on, end = node.more, node.end

    async def _sample(self, nodes: Skeleton) -> Skeleton:
        """Sample a skeleton as one text. Returns what is left when a string went in circles."""
        sampled = sampled_part(nodes)
        for literal in nodes[: len(nodes) - len(sampled)]:
            await self._node(literal)
        if not sampled:
            return ()
        self._need_room()
        trail = Trail(sampled, self._texts.token_bytes, self._probs)
        steps = self._model.steps(
            self._said,
            regex_of(sampled),
            room=self._output.room,
            temperature=self._request.temperature,
            seed=self._seed(),
            likely=self._request.want_probs,
        )
        async with aclosing(steps) as tokens:
            async for token, likely in tokens:
                self._emit((token,), forced=False)
                trail.take(token, likely)
                slot = trail.open_slot
                if (
                    slot is not None
                    and goes_in_circles(trail.recent)
                    and self._close(slot.pattern, trail.written)
                ):
                    return trail.rest[1:]
        return ()

    async def _choose(self, name: str | None, texts: tuple[str, ...]) -> int:
        """Rate all of `texts` as wholes, take one, and return its number."""
        self._need_room()
        trie = self._texts.trie(texts)
        scores = await self._scores(trie) if len(texts) > 1 else [0.0]
        if name is not None:
            self._probs[name] = dict(zip(texts, softmax(scores), strict=True))
        chosen = self._pick(scores)
        path = trie.paths[chosen]
        self._emit(path[:-1] if path[-1] == self._texts.end_id else path, forced=False)
        return chosen

    async def _scores(self, trie: TokenTrie) -> list[float]:
        """Log-probabilities of whole paths, as far as they matter."""
        ratings = Ratings(trie, self._request.temperature)
        while wanted := ratings.wanted():
            starts = [(*self._said, *_way_to(trie, row)) for row in wanted]
            rated = await self._model.rate(starts, list(wanted.values()))
            ratings.add(dict(zip(wanted, rated, strict=True)))
        return ratings.scores()

    async def _fill(self, pattern: str, *, loops: bool = False) -> None:
        """Sample under `pattern` until it is complete.

        A string that goes round in circles is closed, and a free answer ended, unless `loops`:
        what a caller's pattern asks for after a closed string is not known here.
        """
        recent: list[int] = []
        self._need_room()
        sampled = self._model.sample(
            self._said,
            pattern,
            room=self._output.room,
            temperature=self._request.temperature,
            seed=self._seed(),
        )
        async with aclosing(sampled) as tokens:
            async for token in tokens:
                self._emit((token,), forced=False)
                recent.append(token)
                if not loops and goes_in_circles(recent):
                    said = b"".join(self._texts.token_bytes[token] for token in recent)
                    if self._close(pattern, said):
                        return

    def _close(self, pattern: str, said: bytes | bytearray) -> bool:
        """End a text that went round in circles, where its pattern lets it end."""
        self._looped = True
        text = said.decode(errors="replace")
        if re.fullmatch(pattern, text):
            return True
        if not re.fullmatch(pattern, text + _QUOTE):
            return False
        self._emit(self._texts.encode(_QUOTE), forced=True)
        return True

    def _pick(self, scores: Sequence[float]) -> int:
        """Take the best, or draw one when there is a temperature."""
        temperature = self._request.temperature
        if temperature == 0:
            return max(range(len(scores)), key=scores.__getitem__)
        weights = softmax([score / temperature for score in scores])
        return self._random.choices(range(len(scores)), weights)[0]

    def _seed(self) -> int | None:
        """A seed of its own for each request, or their random numbers would be the same."""
        seed = self._request.seed
        return None if seed is None else (seed + len(self._said)) % MOST_SEED

    def _need_room(self) -> None:
        if self._output.room <= 0:
            raise Ended("length")

    def _emit(self, ids: Sequence[int], *, forced: bool) -> None:
        taken = self._output.emit(ids, forced=forced)
        self._said.extend(taken)
        if len(taken) < len(ids):
            raise Ended("length")


def sampled_part(nodes: Skeleton) -> Skeleton:
    """What is left of a skeleton behind its first literals, which need not be sampled."""
    first = takewhile(lambda node: isinstance(node, Literal), nodes)
    return nodes[len(tuple(first)) :]


def _way_to(trie: TokenTrie, row: int) -> list[int]:
    """Tokens from the root to a row's node, the node's own included."""
    way: list[int] = []
    while row != ROOT:
        way.append(trie.ids[row])
        row = trie.parents[row]
    return way[::-1]
