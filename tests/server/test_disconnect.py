"""Clients that leave, wherever their requests are: places are free again soon, nothing stays open.

How soon is written down, not asserted: it is a matter of the clock.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest
import pytest_asyncio
from bad_clips import no_frames
from bad_http import HOST, post
from clips import encoded, tone
from polling import until
from server_process import ServerProcess, places_taken, server_process

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEVER_S = 3600.0
SLOWLY_S = 0.2
SETTINGS = {"decoders": 1, "queue": 256, "request_s": NEVER_S, "jobs": False}
"""Without jobs: their database opens one more connection whenever two of its rounds meet."""

WAVES = 4
"""Clients come and leave a quarter at a time."""

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def begin(server: ServerProcess, body: bytes, path: str = "/v1/uas") -> Connection:
    reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(server.url).port)
    headers = f"{HOST}Content-Type: audio/wav\r\nContent-Length: {len(body)}\r\n"
    writer.write(post(headers, body, path))
    return reader, writer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stuck(environment) -> AsyncIterator[ServerProcess]:
    """A server whose engine takes 10 requests and answers none."""
    engine = {"latency_s": NEVER_S, "max_concurrency": 10}
    with server_process(environment, engine, **SETTINGS) as process:
        yield process


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slow(environment) -> AsyncIterator[ServerProcess]:
    """A server that streams slowly, to as many as come."""
    engine = {"step_s": SLOWLY_S, "max_concurrency": 256}
    with server_process(environment, engine, **SETTINGS) as process:
        yield process


async def held(server: ServerProcess, probe: httpx.AsyncClient) -> dict[str, int]:
    """What the server holds while it has its decoder child: it has just refused a clip."""
    answer = await probe.post("/v1/uas", files={"file": no_frames()})
    assert answer.status_code == 422
    return {name: count for name, count in server.held().items() if name != "threads"}


async def leave_in_waves(server, clients: int, wave, there, evidence, stage: str) -> None:
    """Have waves of clients come, be `there`, and leave; see that nothing of them stays."""
    longest_s = 0.0
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as probe:

        async def nobody_is_there() -> bool:
            return await places_taken(probe) == (0, 0)

        async def nothing_is_kept() -> bool:
            now = await held(server, probe)
            return all(now[name] <= before[name] for name in before)

        before = await held(server, probe)
        for _ in range(WAVES):
            connections = await asyncio.gather(*(wave() for _ in range(clients // WAVES)))
            await until(partial(there, probe, connections))
            for _, writer in connections:
                writer.transport.abort()
            longest_s = max(longest_s, await until(nobody_is_there))
            await until(nothing_is_kept)
    figures = {"clients": clients, "longest until all places were free, s": round(longest_s, 3)}
    evidence("Disconnect", {"stage": stage, **figures, **{f"{k} kept": 0 for k in before}})


async def test_waiting_for_and_inside_the_engine(stuck, clip, proving, evidence):
    clients = proving(60, 200)

    async def there(probe, _) -> bool:
        waiting, running = await places_taken(probe)
        return (waiting, running) == (clients // WAVES - 10, 10)

    await leave_in_waves(
        stuck, clients, lambda: begin(stuck, clip), there, evidence, "queued and prefilling"
    )


async def test_while_the_clip_is_decoded(stuck, proving, evidence):
    clients, long_clip = proving(20, 200), encoded(tone(60.0))

    async def there(probe, _) -> bool:
        return sum(await places_taken(probe)) == clients // WAVES

    await leave_in_waves(
        stuck, clients, lambda: begin(stuck, long_clip), there, evidence, "decoding"
    )


async def test_while_events_are_streamed(slow, clip, proving, evidence):
    clients = proving(40, 200)

    async def there(_, connections) -> bool:
        for reader, _ in connections:
            if not reader.at_eof():
                await reader.readuntil(b"event: ")
        return True

    await leave_in_waves(
        slow,
        clients,
        lambda: begin(slow, clip, "/v1/uas?stream=true"),
        there,
        evidence,
        "streaming",
    )
