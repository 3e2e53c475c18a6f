"""Documents of a random model on random clips at random budgets, some of whose callers leave."""

import asyncio
import random
from collections import Counter
from contextlib import aclosing
from importlib.resources import files
from pathlib import Path

import numpy as np
from tiny_families import audio_flamingo_3
from uas_section import give_section

from uas_model.runner.request import GenerateRequest
from uas_schema.document import UasDocument
from uas_schema.rules import check
from uas_server.engine.protocol import Engine
from uas_server.service.envelope import DeltaPayload
from uas_server.service.job import Job
from uas_server.service.join import PlanResult
from uas_server.service.model import ServedModel
from uas_server.service.plan import describe_clip

AT_ONCE = 8
LONGEST_BUDGET = 160
LEAVES_EVERY = 5
"""Of so many callers one leaves."""


def random_checkpoint(folder: Path) -> Path:
    """A random model that every engine runs: its heads are wide enough for vLLM."""
    audio_flamingo_3(folder)
    template = files("uas_model").joinpath("data/smollm2-chatml.jinja")
    (folder / "chat_template.jinja").write_text(template.read_text(encoding="utf-8"))
    return give_section(folder)


async def write_many(model: ServedModel, count: int) -> Counter[str]:
    """So many documents, several at a time; each is checked. Says how they ended."""
    seen: Counter[str] = Counter()
    places = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with places:
            seen[await _document(model, number)] += 1

    await asyncio.gather(*map(one, range(count)))
    return seen


async def _document(model: ServedModel, number: int) -> str:
    chance = random.Random(number)
    noise = np.random.default_rng(number)
    samples = noise.normal(0, 0.2, chance.randint(1_600, 32_000)).astype(np.float32)
    budget = 1 if number == 0 else chance.randint(1, LONGEST_BUDGET)
    leaves_after = chance.randint(0, 12) if number % LEAVES_EVERY == 0 else None
    text, events = "", 0
    async with aclosing(describe_clip(model, Job(f"job {number}", samples, budget))) as found:
        async for event in found:
            if events == leaves_after:
                return "left"
            events += 1
            if isinstance(event, DeltaPayload):
                text += event.text
            elif isinstance(event, PlanResult):
                assert UasDocument.parse(text) == event.document
                assert not check(event.document, waived=event.incomplete)
                return "truncated" if event.incomplete else "whole"
    raise AssertionError("no result")


async def answers_again(engine: Engine, model: ServedModel) -> bool:
    """Whether nothing is left over: as many at once as the engine takes are answered."""
    clip = np.zeros(1_600, np.float32)
    ids = tuple(
        model.tokens.encode_prompt(model.prompts.render("uas"), model.audio_token_count(len(clip)))
    )

    async def one(number: int) -> str:
        request = GenerateRequest(f"again {number}", ids, (clip,), max_tokens=4)
        *_, final = [event async for event in engine.generate(request)]
        return str(final.finish)  # type: ignore[union-attr]

    ended = await asyncio.gather(*map(one, range(AT_ONCE)))
    return set(ended) <= {"stop", "length", "repetition"}
