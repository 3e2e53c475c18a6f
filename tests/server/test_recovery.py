"""After every bad input the server is what it was: memory, readiness, the next good request.

In a process of its own, because memory and loop are the server's alone there. How long the loop was
held is measured in CPU time of its thread, so that a busy machine does not count.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx
import pytest
import pytest_asyncio
from bad_clips import REFUSED, TAKEN
from bad_http import cases, exchange
from bad_schemas import REFUSED as REFUSED_SCHEMAS
from server_process import ServerProcess, server_process

pytestmark = pytest.mark.asyncio(loop_scope="module")

UPLOAD_BYTES = 1 << 20
FIELD_BYTES = 16_384
"""A longer field of a form is not even read to its end."""

MEMORY_BYTES = 200 << 20
TURN_CPU_S = 0.1
PATIENT = httpx.Timeout(120)

Status = tuple[int | None, str | None]
Send = Callable[[httpx.AsyncClient, bytes], Awaitable[Status]]


@pytest.fixture(scope="module")
def server(environment: dict[str, str]) -> Iterator[ServerProcess]:
    with server_process(environment, decoders=1, upload_bytes=UPLOAD_BYTES) as process:
        yield process


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(server: ServerProcess, clip: bytes) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the server after a first document and a first schema: every child runs."""
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENT) as client:
        await clip_sent(clip)(client, clip)
        await schema_sent('{"type":"null"}')(client, clip)
        yield client


@pytest.fixture(scope="module")
def memory_before(server: ServerProcess, client: httpx.AsyncClient) -> int:
    return server.memory_bytes()


def clip_sent(audio: bytes) -> Send:
    async def send(client: httpx.AsyncClient, _: bytes) -> Status:
        return outcome(await client.post("/v1/uas", files={"file": audio}))

    return send


def schema_sent(schema: str) -> Send:
    async def send(client: httpx.AsyncClient, clip: bytes) -> Status:
        fields = {"question": "?", "schema": schema}
        return outcome(await client.post("/v1/ask", files={"file": clip}, data=fields))

    return send


def bytes_sent(request: bytes) -> Send:
    async def send(client: httpx.AsyncClient, _: bytes) -> Status:
        status, body = await exchange(str(client.base_url), request)
        return status, json.loads(body)["error"]["code"] if body else None

    return send


def outcome(answer: httpx.Response) -> Status:
    return answer.status_code, answer.json().get("error", {}).get("code")


def clips() -> dict[str, tuple[Send, Status]]:
    refused = {name: (clip_sent(make()), wanted) for name, (make, *wanted) in REFUSED.items()}
    return refused | {name: (clip_sent(make()), (200, None)) for name, make in TAKEN.items()}


def schemas() -> dict[str, tuple[Send, Status]]:
    texts = {
        name: (schema if isinstance(schema, str) else json.dumps(schema), code)
        for name, (schema, code) in REFUSED_SCHEMAS.items()
    }
    texts["10,000 deep"] = ("[" * 10_000, "schema_too_large")
    return {
        name: (
            schema_sent(text),
            (400, code) if len(text) <= FIELD_BYTES else (413, "body_too_large"),
        )
        for name, (text, code) in texts.items()
    }


def requests() -> dict[str, tuple[Send, Status]]:
    broken = cases(UPLOAD_BYTES).items()
    return {name: (bytes_sent(request), wanted) for name, (request, *wanted) in broken}


ROWS = {"Empty, Bombs, Odd signals, Wrong type": clips, "Schemas": schemas, "HTTP": requests}


@pytest.mark.parametrize("rows", ROWS)
async def test_after_every_bad_input_the_server_is_as_before(
    server, client, clip, memory_before, rows, proving, evidence
):
    inputs, rounds = ROWS[rows](), proving(1, 20)
    grown = 0
    server.longest_turn()
    for name, (send, (status, code)) in list(inputs.items()) * rounds:
        answered = await send(client, clip)
        assert answered[0] == status, name
        assert code in (None, answered[1]), name
        assert (await client.get("/health/ready")).status_code == 200, name
        assert await clip_sent(clip)(client, clip) == (200, None), name
        grown = max(grown, server.memory_bytes() - memory_before)
        assert grown < MEMORY_BYTES, name
    turn = server.longest_turn()
    assert turn["cpu_s"] < TURN_CPU_S
    figures = {
        "bad inputs": len(inputs),
        "rounds": rounds,
        "most memory grown, MiB": round(grown / (1 << 20), 1),
        "longest turn of the loop, ms of CPU": round(turn["cpu_s"] * 1000, 1),
        "longest turn of the loop, ms by the clock": round(turn["clock_s"] * 1000, 1),
    }
    for row in rows.split(", "):
        evidence(row, figures)
