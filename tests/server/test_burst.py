"""500 requests at once on a live server: as many as there are places are let in, and told so before
a byte of their bodies is sent; the rest is turned away meanwhile; nobody is lost.
"""

import asyncio

import httpx
import pytest
from server_process import server_process
from waiting_client import waiting_clients

CLIENTS, QUEUE, RUNNING = 500, 32, 2


@pytest.fixture(scope="module")
def server(environment):
    engine = {"max_concurrency": RUNNING}
    with server_process(environment, engine, decoders=1, queue=QUEUE) as process:
        yield process


async def test_exactly_the_places_are_let_in_and_the_rest_is_told_at_once(
    server, clip, proving, evidence
):
    port, rounds = httpx.URL(server.url).port, proving(1, 20)
    for _ in range(rounds):
        async with asyncio.timeout(120), waiting_clients(port, CLIENTS, len(clip)) as clients:
            let_in = [client for client in clients if client.is_let_in]
            refused = [client.head for client in clients if not client.is_let_in]
            assert (len(let_in), len(refused)) == (RUNNING + QUEUE, CLIENTS - RUNNING - QUEUE)
            for head in refused:
                assert head.startswith(b"HTTP/1.1 503 ")
                assert b"\r\nretry-after: " in head.lower()
            for client in let_in:
                client.send(clip)
            statuses = await asyncio.gather(*(client.status() for client in let_in))
        assert statuses == [200] * len(let_in)
    figures = {"at once": CLIENTS, "let in": len(let_in), "503 with Retry-After": len(refused)}
    evidence("Burst", {"rounds": rounds, **figures, "lost": 0})
