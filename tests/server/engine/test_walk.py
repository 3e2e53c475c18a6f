"""The walk over a model that only goes on from token ids does what the local loop does."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import pytest
from seeded_model import SeededContinues, SeededModel
from tiny_checkpoint import tiny_tokens

from uas_model.runner.constraints import Choice, Constraint, Regex
from uas_model.runner.request import Final, GenerateRequest, TextDelta
from uas_model.runner.writer import Vocabulary
from uas_model.tokens import TextTokens
from uas_schema.document import CLOSED_FIELDS
from uas_schema.grammar import close
from uas_schema.skeleton import after_transcription, no_voice_skeleton, voice_skeleton
from uas_server.engine.errors import EngineDead
from uas_server.engine.generation import Generation
from uas_server.engine.ratings import NEGLIGIBLE
from uas_server.engine.walk import Texts, Walk

CONSTRAINTS: tuple[Constraint | None, ...] = (
    voice_skeleton(),
    no_voice_skeleton(),
    after_transcription(voice=True),
    Choice(("a dog", "a dog barking", "a cat")),
    Choice(("one",)),
    Regex('"[éß你😀]{1,3}";'),
    None,
)


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> TextTokens:
    return tiny_tokens(tmp_path_factory.mktemp("tokens"))


@pytest.fixture(scope="module")
def vocabulary(tokens: TextTokens) -> Vocabulary:
    return Vocabulary(tokens, len(tokens))


async def test_it_writes_what_the_local_loop_writes(tokens, vocabulary, proving) -> None:
    texts = Texts(tokens)
    seen: Counter[str] = Counter()
    for seed in range(proving(60, 3_000)):
        request = GenerateRequest(
            "r",
            prompt_ids=(5, 6, seed % 100),
            prefill_ids=(7,) if seed % 2 else (),
            constraint=CONSTRAINTS[seed % len(CONSTRAINTS)],
            max_tokens=1 + (seed * 37) % 160,
            want_probs=seed % 3 > 0,
        )
        model = SeededModel(vocabulary, seed, stubborn=seed % 4 == 0)
        said: list[str] = []
        continues = SeededContinues(model, vocabulary, request.prompt_ids)
        walked = await Walk(continues, texts, request, said.append).write()
        written, text = model.write(request)
        assert "".join(said) == text == walked.text == written.text
        assert (walked.finish, walked.tokens, walked.tail) == (
            written.finish,
            written.tokens,
            written.tail,
        )
        assert_same_probs(walked, written)
        seen[walked.finish] += 1
    assert min(seen[finish] for finish in ("stop", "length", "repetition")) > 0


async def test_a_skeleton_as_one_text_is_legal_at_every_budget(tokens, vocabulary, proving) -> None:
    seen: Counter[str] = Counter()
    for seed in range(proving(24, 1_000)):
        voice, budget = seed % 3 > 0, 1 + (seed * 37) % 400
        request = GenerateRequest(
            "r",
            prompt_ids=(5, seed % 100),
            constraint=voice_skeleton() if voice else no_voice_skeleton(),
            max_tokens=budget,
            want_probs=seed % 2 > 0,
        )
        model = SeededModel(vocabulary, seed, stubborn=seed % 4 == 0)
        continues = SeededContinues(model, vocabulary, request.prompt_ids)
        said: list[str] = []
        final = await Walk(continues, Texts(tokens), request, said.append, at_once=True).write()
        closed = close(final.text.encode() + final.tail)
        assert "".join(said) == final.text
        assert (final.finish == "length") == (closed.text != final.text)
        assert 0 < final.tokens.forced <= final.tokens.output <= budget
        assert (final.slot_probs is None) == (not request.want_probs)
        for probs in (final.slot_probs or {}).values():
            assert sum(probs.values()) == pytest.approx(1.0)
        seen[final.finish] += 1
    assert min(seen[finish] for finish in ("stop", "length", "repetition")) > 0


async def test_a_skeleton_as_one_text_asks_once(tokens, vocabulary) -> None:
    class Counted(SeededContinues):
        asked = 0

        def steps(self, *said: Any, **how: Any) -> AsyncGenerator[Any, None]:
            self.asked += 1
            return super().steps(*said, **how)

    request = GenerateRequest("r", (5,), constraint=voice_skeleton(), want_probs=True)
    model = Counted(SeededModel(vocabulary, 1), vocabulary, (5,))
    final = await Walk(model, Texts(tokens), request, lambda _: None, at_once=True).write()
    assert (final.finish, model.asked) == ("stop", 1)
    assert set(final.slot_probs or {}) == {f"paralinguistics.{name}" for name in CLOSED_FIELDS}


def assert_same_probs(one: Final, other: Final) -> None:
    assert (one.slot_probs is None) == (other.slot_probs is None)
    assert list(one.slot_probs or ()) == list(other.slot_probs or ())
    for name, probs in (one.slot_probs or {}).items():
        assert other.slot_probs is not None
        assert probs == pytest.approx(other.slot_probs[name], abs=NEGLIGIBLE)
        assert list(probs) == list(other.slot_probs[name])


async def test_scores_that_are_no_numbers_still_choose(tokens) -> None:
    class Broken(Stuck):
        async def rate(
            self, starts: Sequence[Sequence[int]], following: Sequence[Sequence[int]]
        ) -> list[Mapping[int, float]]:
            return [dict.fromkeys(row, float("nan")) for row in following]

    request = GenerateRequest("r", (1,), constraint=Choice(("yes", "no")), want_probs=True)
    final = await Walk(Broken(), Texts(tokens), request, lambda _: None).write()
    assert final.text in ("yes", "no")
    assert final.slot_probs is not None
    assert sum(final.slot_probs["choice"].values()) == pytest.approx(1.0)


@pytest.mark.parametrize("temperature", [0.5, 1.0])
async def test_a_seed_repeats_a_drawn_choice(tokens, vocabulary, temperature) -> None:
    texts = tuple("abcdefgh")
    request = GenerateRequest("r", (1,), constraint=Choice(texts), temperature=temperature)
    continues = SeededContinues(SeededModel(vocabulary, 1), vocabulary, (1,))

    async def draw(seed: int) -> str:
        asked = dataclasses.replace(request, seed=seed)
        return (await Walk(continues, Texts(tokens), asked, lambda _: None).write()).text

    drawn = [await draw(seed) for seed in range(40)]
    assert drawn == [await draw(seed) for seed in range(40)]
    assert len(set(drawn)) > 1


class Stuck:
    """Says "a" and then nothing more; counts who left."""

    def __init__(self) -> None:
        self.left = 0

    async def sample(
        self, said: Sequence[int], pattern: str, *, room: int, temperature: float, seed: int | None
    ) -> AsyncGenerator[int, None]:
        try:
            yield said[0]
            await asyncio.Event().wait()
        finally:
            self.left += 1

    async def rate(
        self, starts: Sequence[Sequence[int]], following: Sequence[Sequence[int]]
    ) -> list[Mapping[int, float]]:
        raise NotImplementedError


def stuck(tokens: TextTokens, model: Stuck, deadline: float | None = None) -> Generation:
    said = tuple(tokens.encode_text("a"))
    request = GenerateRequest("r", (1,), prefill_ids=said, deadline=deadline)
    return Generation(lambda say: Walk(model, Texts(tokens), request, say), request)


async def test_a_generation_ends_with_the_reason_it_is_given(tokens) -> None:
    model = Stuck()
    generation = stuck(tokens, model)
    async with aclosing(generation.events()) as events:
        assert await anext(events) == TextDelta("a")
        generation.end("aborted")
        generation.end("deadline")
        final = await anext(events)
    assert isinstance(final, Final)
    assert (final.text, final.finish, model.left) == ("a", "aborted", 1)
    assert set(final.timings) == {"decode_s"}


async def test_a_dead_engine_ends_it_with_an_error(tokens) -> None:
    generation = stuck(tokens, Stuck())
    async with aclosing(generation.events()) as events:
        await anext(events)
        generation.end(EngineDead("gone"))
        with pytest.raises(EngineDead, match="gone"):
            await anext(events)


async def test_a_consumer_that_leaves_stops_the_model(tokens) -> None:
    model = Stuck()
    async with aclosing(stuck(tokens, model).events()) as events:
        await anext(events)
    assert model.left == 1


async def test_a_deadline_ends_it_at_once_or_on_the_way(tokens) -> None:
    late = [event async for event in stuck(tokens, Stuck(), time.monotonic() - 1).events()]
    assert [(event.text, event.finish) for event in late if isinstance(event, Final)] == [
        ("", "deadline")
    ]
    soon = [event async for event in stuck(tokens, Stuck(), time.monotonic() + 0.05).events()]
    assert isinstance(soon[-1], Final)
    assert soon[-1].finish == "deadline"
