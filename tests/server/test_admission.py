"""A bounded number is let in before bodies are read; a place is held to the last byte."""

import asyncio

import pytest

from uas_server.admission import Admission
from uas_server.engine.fake import FakeEngine, Reply, legal_reply
from uas_server.errors import ApiError

pytestmark = pytest.mark.asyncio(loop_scope="module")


def held_engine() -> tuple[FakeEngine, dict[str, float]]:
    """An engine with two slots whose answers take `latency["s"]` seconds."""
    latency = {"s": 60.0}

    def script(request):
        return Reply(legal_reply(request).text, latency_s=latency["s"])

    return FakeEngine(script, max_concurrency=2), latency


async def test_places_are_given_back_once():
    admission = Admission(running=1, queue=0)
    ticket = admission.admit()
    with pytest.raises(ApiError, match="All 1 places are taken"):
        admission.admit()
    ticket.release()
    ticket.release()
    assert admission.admitted == 0
    with pytest.raises(RuntimeError, match="given back before its turn"):
        async with ticket.turn():
            pass


async def test_turns_come_in_order_and_never_more_than_run():
    admission = Admission(running=2, queue=8)
    order, most = [], 0

    async def work(name: int) -> None:
        nonlocal most
        ticket = admission.admit()
        async with ticket.turn():
            order.append(name)
            most = max(most, admission.running)
            await asyncio.sleep(0)
        ticket.release()

    await asyncio.gather(*(work(name) for name in range(10)))
    assert order == list(range(10))
    assert most == 2
    assert (admission.admitted, admission.running, admission.waiting) == (0, 0, 0)


async def test_exactly_the_places_are_filled_before_any_body_is_read(server_of):
    server = server_of(held_engine()[0], queue=32)
    bodies_begun = 0
    release, all_begun = asyncio.Event(), asyncio.Event()

    async def body():
        nonlocal bodies_begun
        bodies_begun += 1
        if bodies_begun == 34:
            all_begun.set()
        await release.wait()
        yield b""

    async with server as client:
        posts = [
            asyncio.create_task(
                client.post("/v1/uas", content=body(), headers={"content-type": "audio/wav"})
            )
            for _ in range(500)
        ]
        refused, pending = set(), set(posts)
        while len(pending) > 34:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            refused |= done
        assert server.services.admission.admitted == 34
        async with asyncio.timeout(10):
            await all_begun.wait()
        assert bodies_begun == 34
        for post in refused:
            answer = post.result()
            assert answer.status_code == 503
            assert answer.json()["error"]["code"] == "server_full"
            assert int(answer.headers["retry-after"]) >= 1
        release.set()
        answers = await asyncio.gather(*pending)
        assert [answer.json()["error"]["code"] for answer in answers] == ["empty_audio"] * 34
        assert server.services.admission.admitted == 0


class Restarted(FakeEngine):
    """Says when it was restarted."""

    def __init__(self) -> None:
        super().__init__()
        self.restarted = asyncio.Event()

    async def restart(self) -> None:
        await super().restart()
        self.restarted.set()


async def test_a_dead_engine_turns_requests_away_and_comes_back(server_of, clip):
    engine = Restarted()
    async with server_of(engine) as client:
        engine.kill()
        answer = await client.post("/v1/uas", content=clip, headers={"content-type": "audio/wav"})
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "engine_unavailable"
        assert answer.headers["retry-after"] == "5"
        async with asyncio.timeout(10):
            await engine.restarted.wait()
        assert (await client.get("/health/ready")).status_code == 200
        answer = await client.post("/v1/uas", content=clip, headers={"content-type": "audio/wav"})
        assert answer.status_code == 200
