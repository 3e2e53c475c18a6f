"""How one generation becomes requests to back ends that take and give text.

The same rules as the walks of the other engines, over text: what is known before is put in without
asking; closed values and choices are rated and chosen here, where probabilities are wanted; all in
between is one request with one pattern. Whatever comes back is read against its pattern, so nothing
illegal is ever said; an answer that leaves it is asked for again from where it was legal. Budgets
and counts are in tokens of our own vocabulary. Knows nothing of UAS, HTTP or audio.
"""

from __future__ import annotations

import random
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal as OneOf
from typing import Protocol, TypeAlias

from uas_model.runner.constraints import ANY_TEXT, Choice, Regex
from uas_model.runner.output import Ended, Output
from uas_model.runner.repetition import goes_in_circles
from uas_model.runner.request import Final, Finish, GenerateRequest
from uas_model.tokens import TextTokens
from uas_schema.grammar import regex_of
from uas_schema.skeleton import Literal, Node, Slot
from uas_server.engine.errors import NoLegalAnswer
from uas_server.engine.remote.automaton import byte_automaton
from uas_server.engine.remote.dialect import (
    Ask,
    choices_in_words,
    form_in_words,
    pattern_in_words,
)
from uas_server.engine.remote.ratings import NEGLIGIBLE, exact, settled, shares
from uas_server.engine.remote.reader import Reader, chosen_among
from uas_server.engine.remote.rest import rest_of
from uas_server.engine.remote.sse import Chunk, Token

REPAIR_TEMPERATURE = 0.5
"""Of tries after an answer left its pattern: the same question must not get the same answer."""

CHOICE_TOKENS = 32
"""Room for a choice beyond its own tokens, for another vocabulary and for wrapping."""

MOST_CHARACTERS = 32
"""Of an answer for each token that it was given; whatever a back end sends, it ends there."""

MOST_IDS = 128
"""Tokens that vLLM names at one place at the most."""

_QUOTE = '"'
_CUT_CHARACTER = "\ufffd"


class Answers(Protocol):
    """What the walk needs of the back ends."""

    @property
    def keeps(self) -> bool:
        """Whether every one of them enforces patterns."""
        ...

    @property
    def rates(self) -> bool:
        """Whether their probabilities of tokens are wanted."""
        ...

    @property
    def repairs(self) -> int:
        """Tries after an answer left its pattern."""
        ...

    def answer(self, ask: Ask) -> AsyncGenerator[Chunk, None]:
        """Stream the answer to one step."""
        ...

    def strayed(self) -> None:
        """Count an answer that left its pattern."""
        ...


_Rest: TypeAlias = Callable[[str], str | None]

_End: TypeAlias = OneOf["whole", "closed", "strayed"]
"""How one answer ended. `closed`: a string of it was closed, the rest is to be asked for."""


@dataclass(frozen=True)
class _Answer:
    """One answer to a choice; `text` is None when it is none of the choices."""

    text: str | None
    tokens: tuple[Token, ...]


class TextWalk:
    """One generation. Create, `write` once, throw away."""

    def __init__(
        self,
        model: Answers,
        tokens: TextTokens,
        request: GenerateRequest,
        say: Callable[[str], None],
    ) -> None:
        self._model = model
        self._tokens = tokens
        self._request = request
        self._output = Output(request, tokens.token_bytes, say)
        self._said = tokens.decode(request.prefill_ids)
        self._random = random.Random(request.seed)
        self._asked = 0
        self._looped = False
        self._probs: dict[str, dict[str, float]] = {}

    async def write(self) -> Final:
        """Generate until the constraint is complete or the budget ends it. Says text on the way.

        When it is cancelled, `final` gives what there is. Raises `EngineError`s.
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
            await self._fill(None, "", _unknown)
        elif isinstance(constraint, Regex):
            words = pattern_in_words(constraint.pattern)
            if not await self._fill(constraint.pattern, words, _unknown):
                raise NoLegalAnswer("no answer of the back ends matched the pattern; try again")
        elif isinstance(constraint, Choice):
            if not await self._choose("choice", constraint.texts):
                raise NoLegalAnswer("no answer of the back ends was one of the choices; try again")
        else:
            await self._skeleton(constraint)

    async def _skeleton(self, nodes: Sequence[Node]) -> None:
        left = list(nodes)
        while left:
            node = left[0]
            if isinstance(node, Literal):
                self._emit(node.text, forced=True)
                del left[0]
            elif isinstance(node, Slot) and node.values and self._rates:
                if not await self._choose(node.name, node.values):
                    raise Ended("length")  # what is missing is closed above, and reported
                del left[0]
            else:
                run = tuple(self._run(left))
                words = form_in_words(left)
                if not await self._fill(regex_of(run), words, partial(rest_of, run)):
                    raise Ended("length")
                del left[: len(run)]

    @property
    def _rates(self) -> bool:
        """Whether closed values and choices are rated, and chosen here."""
        return self._model.rates and self._request.want_probs

    def _run(self, nodes: Sequence[Node]) -> list[Node]:
        """Nodes up to the next that is chosen here, without the literals at their end.

        A back end that needs words for the form gets all: its answer is one piece.
        """
        run: list[Node] = []
        for node in nodes:
            if self._rates and isinstance(node, Slot) and node.values:
                break
            run.append(node)
        while isinstance(run[-1], Literal):
            run.pop()
        return run

    async def _fill(self, pattern: str | None, words: str, rest: _Rest) -> bool:
        """Get text that matches `pattern`; False when no try got to its end.

        `rest` gives what is left of the pattern behind what is written, None where nobody knows.
        """
        written, attempt = "", 0
        while attempt <= self._model.repairs:
            self._need_room()
            left = rest(written) if written else pattern
            if left is None and pattern is not None and self._model.keeps:
                return False
            tolerant = not self._model.keeps and pattern is not None
            automaton = byte_automaton(pattern or ANY_TEXT)
            reader = Reader(automaton, written, self._said, tolerant=tolerant)
            before = len(self._said)
            ask = self._ask(left, words, room=self._output.room + 1, again=attempt > 0)
            end = await self._read(reader, ask)
            if end == "whole":
                return True
            written += self._said[before:]
            if end == "strayed":
                attempt += 1
                self._model.strayed()
        return False

    async def _read(self, reader: Reader, ask: Ask) -> _End:
        """Take one answer in."""
        recent: list[int] = []
        heard, finish = 0, None
        async with aclosing(self._model.answer(ask)) as chunks:
            async for chunk in chunks:
                finish = chunk.finish or finish
                text = chunk.text
                heard += 1 + len(text)
                if chunk.finish == "length":
                    text = text.removesuffix(_CUT_CHARACTER)
                recent += self._emit(reader.feed(text), forced=False)
                if reader.is_done:
                    return "whole"
                if reader.strayed or heard > MOST_CHARACTERS * (ask.room + CHOICE_TOKENS):
                    return "strayed"
                if goes_in_circles(recent) and self._close(reader):
                    return "whole" if reader.is_complete else "closed"
        self._emit(reader.end(), forced=False)
        if finish == "length" and not (reader.is_done or reader.strayed):
            raise Ended("length")
        return "whole" if reader.is_complete and not reader.strayed else "strayed"

    def _close(self, reader: Reader) -> bool:
        """End a string, or a free answer, that goes round in circles.

        A caller's pattern is left alone: what it asks for after a string is not known here.
        """
        if isinstance(self._request.constraint, Regex):
            return False
        if not reader.is_complete:
            if not reader.takes(_QUOTE):
                return False
            self._emit(reader.feed(_QUOTE), forced=True)
        self._looped = True
        return True

    async def _choose(self, name: str, texts: tuple[str, ...]) -> bool:
        """Put in one of `texts`, the likeliest where that can be known; False when none came."""
        self._need_room()
        answer = await self._answer(texts, top=self._rates)
        rated = await self._rated(texts, answer) if self._rates else None
        if rated is not None:
            self._probs[name] = rated
            self._emit(self._pick(rated), forced=False)
        elif answer.text is not None:
            self._emit(answer.text, forced=False)
        return rated is not None or answer.text is not None

    async def _answer(self, texts: tuple[str, ...], *, top: bool) -> _Answer:
        """Ask for one of `texts`, again when the answer is none of them."""
        if len(texts) == 1:
            return _Answer(texts[0], ())
        # Of texts that begin another one, automata may see only the first that is listed.
        listed = sorted(texts, key=len, reverse=True)
        pattern = f"(?:{'|'.join(map(re.escape, listed))})"
        most = max(len(self._tokens.encode_text(text)) for text in texts) + CHOICE_TOKENS
        for attempt in range(self._model.repairs + 1):
            words = choices_in_words(texts)
            ask = self._ask(pattern, words, room=most, again=attempt > 0)
            if top:
                ask = replace(ask, top=True, temperature=0.0, ids=self._ids_of(texts))
            text, tokens = await self._heard(ask, longest=8 * max(map(len, texts)) + 256)
            chosen = chosen_among(texts, text, self._said)
            if chosen is not None:
                return _Answer(chosen, tokens)
            self._model.strayed()
        return _Answer(None, ())

    async def _heard(self, ask: Ask, *, longest: int) -> tuple[str, tuple[Token, ...]]:
        text, tokens = "", list[Token]()
        async with aclosing(self._model.answer(ask)) as chunks:
            async for chunk in chunks:
                text += chunk.text
                tokens += (exact(token, self._tokens.token_bytes) for token in chunk.tokens)
                if len(text) > longest:
                    break
        return text, tuple(tokens)

    async def _rated(self, texts: tuple[str, ...], answer: _Answer) -> dict[str, float] | None:
        """Probabilities of `texts`; None when the back end does not give enough to know them."""
        if len(texts) == 1:
            return {texts[0]: 1.0}
        known = shares(texts, answer.tokens)
        if known is None:
            return None
        opened: list[dict[str, float] | None] = []
        for group, share in known.open:
            if share < NEGLIGIBLE or len(group) == len(texts):
                opened.append(None)
            else:
                opened.append(await self._rated(group, await self._answer(group, top=True)))
        return settled(known, opened)

    def _pick(self, rated: dict[str, float]) -> str:
        """Take the best, or draw one when there is a temperature."""
        temperature = self._request.temperature
        if temperature == 0:
            return max(rated, key=rated.__getitem__)
        weights = [probability ** (1 / temperature) for probability in rated.values()]
        return self._random.choices(list(rated), weights)[0]

    def _ask(self, pattern: str | None, words: str, *, room: int, again: bool) -> Ask:
        """The next question, with a seed of its own; `again` says that its answer was wrong."""
        self._asked += 1
        seed = self._request.seed
        least = REPAIR_TEMPERATURE if again and not self._model.keeps else 0.0
        return Ask(
            said=self._said,
            pattern=pattern,
            words=words,
            room=room,
            temperature=max(self._request.temperature, least),
            seed=None if seed is None else seed + self._asked,
        )

    def _ids_of(self, texts: Sequence[str]) -> tuple[int, ...]:
        """All tokens of the texts, and the one that ends them, as far as may be asked for."""
        ids = {token for text in texts for token in self._tokens.encode_text(text)}
        return (self._tokens.eos_id, *sorted(ids))[:MOST_IDS]

    def _need_room(self) -> None:
        if self._output.room <= 0:
            raise Ended("length")

    def _emit(self, text: str, *, forced: bool) -> Sequence[int]:
        if not text:
            return ()
        ids = self._tokens.encode_text(text)
        taken = self._output.emit(ids, forced=forced)
        if len(taken) < len(ids):
            raise Ended("length")
        self._said += text
        return taken


def _unknown(written: str) -> str | None:
    """Nobody knows what is left of a caller's pattern."""
    del written
    return None
