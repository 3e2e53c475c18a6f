"""Clients that leave and back ends that die at random: valid documents, and no place is lost.

Run by `make test` with few documents, by `make prove` with 2,000 of each kind.
"""

import asyncio
import random
from collections import Counter
from contextlib import aclosing

import numpy as np
import pytest
from remote_subject import remote_over
from scripted_model import scripted_model

from uas_schema.document import UasDocument
from uas_schema.rules import check
from uas_server.engine.errors import EngineBusy, EngineDead, NoLegalAnswer
from uas_server.engine.remote.fake import Conduct, FakeBackend
from uas_server.service.envelope import DeltaPayload
from uas_server.service.job import Job
from uas_server.service.join import PlanResult
from uas_server.service.plan import describe_clip

CLIP = np.zeros(1600, np.float32)
AT_ONCE = 12
PLACES = 4
TROUBLE = (
    Conduct(dies="before"),
    Conduct(dies="after", dies_after=2),
    Conduct(dies="after", dies_after=20),
    Conduct(status=500),
    Conduct(status=503),
    Conduct(status=429),
    Conduct(junk=b"no stream"),
    Conduct(logprobs=False),
    Conduct(text='{"transcription":"x","other":1}'),
    Conduct(text="```json\nnull\n```"),
    Conduct(text='" and then'),
    Conduct(text=""),
)


class Clock:
    """Goes on with every look at it, so that no back end rests for long."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.01
        return self.now


class Weather:
    """What every back end does to its requests: trouble now and then, until it is over."""

    def __init__(self) -> None:
        self.is_rough = True

    def backend(self, seed: int, *, patterns: bool) -> FakeBackend:
        chance = random.Random(seed)

        def script(_: object) -> Conduct:
            in_trouble = self.is_rough and chance.random() < 0.15
            return chance.choice(TROUBLE) if in_trouble else Conduct()

        return FakeBackend(script, seed=seed, patterns=patterns)


@pytest.mark.parametrize("kind", ["vllm", "openai"])
async def test_documents_stay_valid_and_no_place_is_lost(
    tokens, request_of, proving, evidence, kind
):
    count = proving(50, 2_000)
    weather = Weather()
    backends = [weather.backend(seed, patterns=kind == "vllm") for seed in range(3)]
    engine = remote_over(
        tokens, backends, clock=Clock(), kind=kind, requests=PLACES, rest_s=0.1, most_rest_s=1.0
    )
    await engine.start()
    seen: Counter[str] = Counter()
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        chance = random.Random(number)
        draft = chance.choice(["", "hello there", "<|im_end|>"])
        model = scripted_model(tokens, engine, draft)
        job = Job(f"job {number}", CLIP, max_tokens=chance.randint(1, 200))
        leaves_after = chance.randint(0, 20) if number % 3 == 0 else None
        async with gate:
            seen[await outcome(model, job, leaves_after)] += 1

    await asyncio.gather(*map(one, range(count)))
    assert [place.running for place in engine.backends] == [0, 0, 0]
    assert [app.running for app in backends] == [0, 0, 0]
    weather.is_rough = False
    await engine.restart()
    await asyncio.gather(
        *(whole(engine, request_of(request_id=str(n), max_tokens=20)) for n in range(36))
    )
    await engine.close()
    assert min(seen["valid"], seen["left"]) > 0
    evidence("Remote", {"kind": kind, "documents": count, "not valid": 0, **seen})


async def whole(engine, request) -> None:
    *_, final = [event async for event in engine.generate(request)]
    assert final.finish in ("stop", "length")


async def outcome(model, job: Job, leaves_after: int | None) -> str:
    """How a document ended; checks one that is whole."""
    text, events = "", 0
    try:
        async with aclosing(describe_clip(model, job)) as plan:
            async for event in plan:
                events += 1
                if leaves_after is not None and events > leaves_after:
                    return "left"
                if isinstance(event, DeltaPayload):
                    text += event.text
                elif isinstance(event, PlanResult):
                    result = event
    except (EngineDead, EngineBusy, NoLegalAnswer) as error:
        return type(error).__name__
    assert UasDocument.parse(text) == result.document
    assert not [v for v in check(result.document, waived=result.incomplete) if v.level == "error"]
    assert result.failures["unparseable"] == 0
    return "valid"
