"""The scripted engine does what its script says and obeys budget, abort, deadline and death."""

import asyncio
import time

import pytest

from uas_server.engine.errors import EngineDead
from uas_server.engine.fake import FakeEngine, Reply
from uas_server.engine.protocol import Choice, Event, Final, GenerateRequest


def ask(request_id: str = "r", **changes: object) -> GenerateRequest:
    return GenerateRequest(request_id=request_id, prompt_ids=(1, 2), **changes)  # type: ignore[arg-type]


async def ready(script=None) -> FakeEngine:
    engine = FakeEngine(script) if script else FakeEngine()
    await engine.start()
    return engine


async def collect(engine: FakeEngine, request: GenerateRequest) -> list[Event]:
    return [event async for event in engine.generate(request)]


async def test_says_the_first_choice_with_even_probabilities():
    engine = await ready()
    *deltas, final = await collect(engine, ask(constraint=Choice(("yes", "no")), want_probs=True))
    assert isinstance(final, Final)
    assert final.text == "yes" == "".join(delta.text for delta in deltas)
    assert final.slot_probs == {"choice": {"yes": 0.5, "no": 0.5}}


@pytest.mark.parametrize("budget", range(1, 8))
async def test_budget_may_cut_a_character_and_keeps_its_bytes(budget):
    text = "aé€😀b😀"
    engine = await ready(lambda _: Reply(text))
    *deltas, final = await collect(engine, ask(max_tokens=budget))
    assert (final.text.encode() + final.tail) == text.encode()[: budget * 4]
    assert final.text == "".join(delta.text for delta in deltas)
    assert final.finish == ("length" if budget * 4 < len(text.encode()) else "stop")


async def test_it_keeps_no_more_requests_than_told():
    engine = FakeEngine(kept_requests=2)
    await engine.start()
    for name in ("first", "second", "third"):
        await collect(engine, ask(name))
    assert [request.request_id for request in engine.requests] == ["second", "third"]


class Announcing:
    """A script that tells when a request has arrived."""

    def __init__(self, replies: dict[str, Reply]) -> None:
        self.arrived = asyncio.Event()
        self._replies = replies

    def __call__(self, request: GenerateRequest) -> Reply:
        self.arrived.set()
        return self._replies[request.request_id]


async def test_abort_ends_a_waiting_request():
    script = Announcing({"r": Reply("never said", latency_s=60)})
    engine = await ready(script)
    running = asyncio.create_task(collect(engine, ask()))
    await script.arrived.wait()
    await engine.abort("r")
    (final,) = await running
    assert final.finish == "aborted"
    assert final.text == ""


async def test_deadline_ends_a_waiting_request():
    engine = await ready(lambda _: Reply("late", latency_s=60))
    (final,) = await collect(engine, ask(deadline=time.monotonic() + 0.01))
    assert final.finish == "deadline"


async def test_a_crash_fails_every_request_and_restart_serves_again():
    script = Announcing(
        {"other": Reply("waiting", latency_s=60), "bad": Reply("x" * 40, crash_after_tokens=2)}
    )
    engine = await ready(script)
    other = asyncio.create_task(collect(engine, ask("other")))
    await script.arrived.wait()
    with pytest.raises(EngineDead, match="died while this request ran"):
        await collect(engine, ask("bad"))
    with pytest.raises(EngineDead):
        await other
    assert engine.health() == "dead"
    with pytest.raises(EngineDead, match="is dead"):
        await collect(engine, ask("third"))
    await engine.restart()
    assert engine.health() == "ready"


def test_requests_refuse_nonsense():
    with pytest.raises(ValueError, match="max_tokens must be 1 or more, got 0"):
        ask(max_tokens=0)
    with pytest.raises(ValueError, match="prompt_ids is empty"):
        GenerateRequest("r", ())
