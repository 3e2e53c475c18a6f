"""Two replicas under Ray Serve: they answer as one server, one may die, and both may be full.

The order matters little, but Ray takes seconds to start, so all share one deployment.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import TypeAlias

import httpx
import pytest
from broken_stream import assert_broken_off
from live_client import documents, opened, pcm, streamed
from polling import until
from ray_served import PLACES, REQUESTS
from signals import silence, vowels

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Ray leaves sockets to the collector
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of Ray's own modules
    pytest.mark.filterwarnings("ignore::FutureWarning"),  # Ray speaks of its next release
]

Asked: TypeAlias = "asyncio.Task[httpx.Response]"


def error_of(answer: httpx.Response) -> dict[str, str]:
    error: dict[str, str] = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code", "request_id"}
    assert answer.headers.get_list("x-request-id") == [error["request_id"]]
    return error


async def describe(client: httpx.AsyncClient, clip: bytes, query: str = "") -> httpx.Response:
    return await client.post(f"/v1/uas{query}", files={"file": ("clip.wav", clip)})


async def first_of(asked: Sequence[Asked], count: int) -> list[httpx.Response]:
    """The first answers, when there are so many; the others are left, as clients do."""
    waiting = set(asked)
    while len(asked) - len(waiting) < count:
        _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    return [task.result() for task in asked if task not in waiting]


async def test_a_clip_becomes_a_document(replicas, clip):
    async with replicas.client() as client:
        answer = await describe(client, clip)
        assert answer.status_code == 200, answer.text
        assert answer.json()["uas"]["transcription"]
        assert len(answer.headers.get_list("x-request-id")) == 1
        assert (await client.get("/health/ready")).json() == {"status": "ready"}
        assert "uas_requests_total" in (await client.get("/metrics")).text
        lost = await client.get("/nowhere")
    assert (lost.status_code, error_of(lost)["code"]) == (404, "not_found")


async def test_a_document_is_streamed(replicas, clip):
    async with replicas.client() as client:
        answer = await describe(client, clip, "?stream=true")
    assert answer.headers["content-type"].startswith("text/event-stream")
    names = [frame.split("\n")[0] for frame in answer.text.strip().split("\n\n")]
    assert names[-1] == "event: final"
    assert "event: delta" in names


async def test_live_audio_is_heard(replicas):
    audio = pcm(silence(0.5)) + pcm(vowels(1.0)) + pcm(silence(1.0))
    messages = [audio[at : at + 32_000] for at in range(0, len(audio), 32_000)]
    events, code = await streamed(replicas.url, messages)
    assert code == 1000
    assert len(documents(events)) == 1


async def test_who_is_too_many_is_told_so_at_once(replicas, clip):
    async with replicas.client() as client, asyncio.TaskGroup() as group, replicas.held():
        asked: list[Asked] = []

        async def both_hold_one() -> bool:
            # One more each time: Ray drops what comes at once before it has given any to a replica.
            asked.append(group.create_task(describe(client, clip)))
            return len(replicas.holding()) == 2

        await until(both_hold_one)
        asked += [group.create_task(describe(client, clip)) for _ in range(2 * REQUESTS)]
        answers = await first_of(asked, len(asked) - 2 * PLACES)
    for answer in answers:
        assert (answer.status_code, error_of(answer)["code"]) == (503, "server_full")
        assert int(answer.headers["retry-after"]) >= 1
    await until(lambda: replicas.answers(clip))


async def test_ray_refuses_in_our_shape(replicas, clip):
    async with AsyncExitStack() as taken, asyncio.TaskGroup() as group, replicas.client() as client:
        for _ in range(2 * REQUESTS):
            await taken.enter_async_context(opened(replicas.url))
        asked = [group.create_task(describe(client, clip)) for _ in range(2)]
        (answer,) = await first_of(asked, 1)
        assert (answer.status_code, error_of(answer)["code"]) == (503, "server_full")
        assert "All replicas are busy" in error_of(answer)["message"]
        assert answer.headers["retry-after"] == "1"
    await until(lambda: replicas.answers(clip))


async def test_one_replica_is_killed_over_its_request(replicas, clip):
    before = replicas.started()
    async with replicas.client() as client, asyncio.TaskGroup() as group, replicas.held():
        asked = [group.create_task(describe(client, clip))]
        await replicas.holds(1)
        replicas.kill(replicas.holding()[0])
        (answer,) = await first_of(asked, 1)
    assert (answer.status_code, error_of(answer)["code"]) == (503, "engine_unavailable")
    assert answer.headers["retry-after"] == "5"
    assert await replicas.answers(clip)
    await until(lambda: replicas.has_grown(before))


async def test_one_replica_is_killed_over_a_stream(replicas, clip):
    before = replicas.started()
    async with replicas.client() as client, asyncio.TaskGroup() as group, replicas.held():
        asked = [group.create_task(describe(client, clip, "?stream=true"))]
        await replicas.holds(1)
        replicas.kill(replicas.holding()[0])
        (answer,) = await first_of(asked, 1)
    assert_broken_off(answer, "engine_unavailable")
    assert await replicas.answers(clip)
    await until(lambda: replicas.has_grown(before))
