"""Thousands of mixed requests, good and bad: what the server holds stays as it was."""

import random
from collections import Counter

import httpx
import numpy as np
import pytest
from bad_clips import REFUSED
from bad_http import cases, exchange
from polling import until
from server_process import server_process

UPLOAD_BYTES = 1 << 20
QUICKLY_REFUSED = ("no bytes", "no frames", "one sample", "NaN", "rate 0", "text", "ZIP", "m3u8")
MOST_SLOPE = 1 << 20
"""Bytes by which memory may grow per 1,000 requests."""

POOL_THREADS = 6
"""Threads of asyncio's pool, which come when first needed: on 2 cores at most so many."""


@pytest.fixture(scope="module")
def server(environment):
    # Without jobs: their database opens one more connection whenever two of its rounds meet.
    with server_process(environment, decoders=1, upload_bytes=UPLOAD_BYTES, jobs=False) as process:
        yield process


def kinds(client: httpx.AsyncClient, clip: bytes):
    """Requests to choose from."""
    bad = [REFUSED[name][0]() for name in QUICKLY_REFUSED]
    broken = [request for request, *_ in cases(UPLOAD_BYTES).values() if len(request) < 10_000]

    async def describe(_):
        return (await client.post("/v1/uas", files={"file": clip})).status_code

    async def stream(_):
        return (await client.post("/v1/uas?stream=true", files={"file": clip})).status_code

    async def ask(_):
        fields = {"question": "?", "yes_no": "true"}
        return (await client.post("/v1/ask", files={"file": clip}, data=fields)).status_code

    async def bad_clip(chance):
        files = {"file": chance.choice(bad)}
        return (await client.post("/v1/uas", files=files)).status_code

    async def bad_schema(chance):
        fields = {"question": "?", "schema": f'{{"type": "{chance.random()}"}}'}
        return (await client.post("/v1/ask", files={"file": clip}, data=fields)).status_code

    async def bad_http(chance):
        return (await exchange(str(client.base_url), chance.choice(broken)))[0]

    async def about(chance):
        return (await client.get(chance.choice(["/v1/models", "/v1/limits", "/x"]))).status_code

    return [describe, stream, ask, bad_clip, bad_schema, bad_http, about]


async def test_mixed_requests_leave_nothing_behind(server, clip, proving, evidence):
    count, chance = proving(200, 10_000), random.Random(3)
    look_every = count // 20
    statuses: Counter[int | None] = Counter()
    memory = []
    async with httpx.AsyncClient(base_url=server.url, timeout=120) as client:
        choices = kinds(client, clip)
        for kind in choices * 3:  # what is started once and kept
            await kind(chance)
        before = server.held()
        for number in range(count):
            statuses[await chance.choice(choices)(chance)] += 1
            if number % look_every == 0:
                memory.append(server.memory_bytes())
        assert (await client.get("/health/ready")).status_code == 200

        async def nothing_more_is_held() -> bool:
            assert (await client.post("/v1/uas", files={"file": clip})).status_code == 200
            now = server.held()
            return all(now[name] <= before[name] for name in ("descriptors", "tasks", "children"))

        await until(nothing_more_is_held)
    later = memory[len(memory) // 4 :]
    slope = float(np.polyfit(np.arange(len(later)) * look_every / 1000, later, 1)[0])
    threads = server.held()["threads"]
    figures = {
        "requests": count,
        "memory slope, KiB per 1,000 requests": round(slope / 1024, 1),
        "threads at first and at last": f"{before['threads']}, {threads}",
        **{f"answered {status}": number for status, number in sorted(statuses.items(), key=str)},
    }
    evidence("Soak", figures)
    assert not any(status is not None and status >= 500 for status in statuses)
    assert threads <= before["threads"] + POOL_THREADS
    assert slope < MOST_SLOPE or count < 10_000, "a few hundred requests make no slope"
