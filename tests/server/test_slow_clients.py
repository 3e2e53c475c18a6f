"""Clients that send their headers or bodies drop by drop, or do not read: ended at their deadlines.

In a full run, good clients are timed alone and then beside the slow ones; the two are compared
within one run.
"""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from itertools import chain
from statistics import quantiles

import httpx
import pytest
from bad_http import AUDIO, HOST, post
from polling import until
from server_process import places_taken, server_process

pytestmark = pytest.mark.asyncio(loop_scope="module")

DROP_S = 0.2
PATIENT = httpx.Timeout(120)
LONG_ANSWER = "/v1/uas?stream=true&max_tokens=1024"
GOOD_CLIENTS = 20


@contextmanager
def slow_server(environment, **deadlines):
    """A server with room for everybody and documents that are long."""
    engine = {"max_concurrency": 512, "chars": 3_000}
    settings = {"decoders": 2, "queue": 512, "request_s": 3600.0, **deadlines}
    with server_process(environment, engine, **settings) as process:
        yield process


async def connect(server, receive_bytes: int | None = None):
    client = socket.socket()
    client.setblocking(False)
    if receive_bytes:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    address = "127.0.0.1", httpx.URL(server.url).port
    await asyncio.get_running_loop().sock_connect(client, address)
    return await asyncio.open_connection(sock=client, limit=1 << 10)


async def drop_by_drop(server, begun: bytes, drop: bytes) -> bytes:
    """Send the beginning and then drops until the server has enough; what it answered."""
    reader, writer = await connect(server)
    writer.write(begun)
    answer = asyncio.create_task(reader.read())
    while not answer.done():
        writer.write(drop)
        await asyncio.wait({answer}, timeout=DROP_S)
    writer.transport.abort()
    return b"" if isinstance(answer.exception(), ConnectionResetError) else answer.result()


async def slow_headers(server) -> None:
    assert await drop_by_drop(server, b"POST /v1/uas HTTP/1.1\r\nX-Slow: ", b"a") == b""


async def slow_body(server) -> None:
    begun = post(f"{AUDIO}Content-Length: 1000000\r\n")
    answer = await drop_by_drop(server, begun, b"a")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"body_timeout"' in answer


async def slow_reader(server, clip: bytes) -> None:
    """Ask for a long stream, read nothing of it, and see it broken off."""
    reader, writer = await connect(server, receive_bytes=1)
    reader._transport.pause_reading()  # the one way to have asyncio leave bytes in the system
    headers = f"{HOST}Content-Type: audio/wav\r\nContent-Length: {len(clip)}\r\n"
    writer.write(post(headers, clip, LONG_ANSWER))

    async def is_cut_off() -> bool:
        try:
            writer.write(b"x")
            return writer.transport.is_closing()
        except ConnectionError:
            return True

    await until(is_cut_off, 120)
    writer.transport.abort()


async def good_times(server, clip: bytes, requests: int) -> list[float]:
    """Seconds of each request of good clients, each sending one after the other."""

    async def one(client: httpx.AsyncClient) -> float:
        began = time.monotonic()
        answer = await client.post("/v1/uas?max_tokens=64", files={"file": clip})
        assert answer.status_code == 200
        return time.monotonic() - began

    async def several() -> list[float]:
        async with httpx.AsyncClient(base_url=server.url, timeout=PATIENT) as client:
            return [await one(client) for _ in range(requests)]

    times = await asyncio.gather(*(several() for _ in range(GOOD_CLIENTS)))
    return sorted(chain.from_iterable(times))


def slow_ones(server, clip: bytes, counts: dict[str, int]) -> list[asyncio.Task[None]]:
    """All the slow clients, begun."""
    kinds = {
        "slow headers": lambda: slow_headers(server),
        "slow bodies": lambda: slow_body(server),
        "slow readers": lambda: slow_reader(server, clip),
    }
    return [
        asyncio.create_task(kinds[kind]()) for kind, count in counts.items() for _ in range(count)
    ]


async def test_slow_clients_are_ended_at_their_deadline(environment, clip):
    counts = {"slow headers": 20, "slow bodies": 10, "slow readers": 10}
    with slow_server(environment, header_s=1, body_s=3, read_s=1) as server:
        await asyncio.gather(*slow_ones(server, clip, counts))
        async with httpx.AsyncClient(base_url=server.url, timeout=PATIENT) as probe:
            assert await places_taken(probe) == (0, 0)


async def test_good_clients_are_served_beside_slow_ones(environment, clip, proving, evidence):
    if not proving(0, 1):
        pytest.skip("compares times; make prove runs it")
    counts = {"slow headers": 1000, "slow bodies": 200, "slow readers": 200}
    deadline_s = 45
    deadlines = dict.fromkeys(("header_s", "body_s", "read_s"), deadline_s)
    with slow_server(environment, **deadlines) as server:
        alone = await good_times(server, clip, requests=20)
        slow = slow_ones(server, clip, counts)
        async with httpx.AsyncClient(base_url=server.url, timeout=PATIENT) as probe:

            async def all_hold_places() -> bool:
                return sum(await places_taken(probe)) == 400

            async def nobody_does() -> bool:
                return await places_taken(probe) == (0, 0)

            await until(all_hold_places)
            await until(calm(server), deadline_s / 2)  # the readers' long answers are held up
            beside = await good_times(server, clip, requests=20)
            still_there = sum(not client.done() for client in slow)
            await asyncio.gather(*slow)
            await until(nobody_does)
    ratio = p99(beside) / p99(alone)
    figures = {**counts, "deadline, s": deadline_s, "good requests": len(beside)}
    evidence("Slow clients", {**figures, "p99 beside over p99 alone": round(ratio, 2)})
    assert still_there == len(slow)
    assert ratio <= 2


def calm(server) -> Callable[[], Awaitable[bool]]:
    """Whether the server used less than half a core over the last second or longer."""
    began = time.monotonic(), server.cpu_s()

    async def is_calm() -> bool:
        nonlocal began
        now = time.monotonic(), server.cpu_s()
        wall_s, cpu_s = now[0] - began[0], now[1] - began[1]
        if wall_s < 1:
            return False
        began = now
        return bool(cpu_s < 0.5 * wall_s)

    return is_calm


def p99(times: list[float]) -> float:
    return quantiles(times, n=100)[-1]
