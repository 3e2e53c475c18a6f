"""kill -9 of the process that runs the model, wherever it is: a typed 503 with Retry-After and not
ready meanwhile, then back; no answer is ever another's.
"""

import asyncio
import os
import random
import signal
import time

import pytest
import pytest_asyncio
from broken_stream import assert_broken_off
from gated_worker import Gates, LoadGated
from polling import until

from uas_model.cache import models_dir
from uas_model.checkpoint import Checkpoint
from uas_model.draft import FixedDrafter
from uas_server.engine.local import LocalEngine
from uas_server.engine.worker import LoadCheckpoint
from uas_server.service.model import ServedModel

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHIPPED = "uas-audio-tiny"
RETRY_S = "5"


class Killable:
    """A client of a server with a local engine, and the gates of its worker."""

    def __init__(self, client, engine, gates):
        self.client, self.engine, self.gates = client, engine, gates

    def kill(self) -> None:
        os.kill(self.engine.worker_pid, signal.SIGKILL)

    async def is_dead(self) -> bool:
        return self.engine.health() != "ready"

    async def is_ready(self) -> bool:
        return (await self.client.get("/health/ready")).status_code == 200

    async def assert_turned_away(self, clip) -> None:
        for answer in (
            await self.client.get("/health/ready"),
            await self.client.post("/v1/uas", files={"file": clip}),
        ):
            assert_unavailable(answer)


def assert_unavailable(answer) -> None:
    assert (answer.status_code, answer.headers["retry-after"]) == (503, RETRY_S)
    assert answer.json()["error"]["code"] == "engine_unavailable"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def killable(server_of, tmp_path_factory):
    gates = Gates(tmp_path_factory.mktemp("gates"))
    engine = LocalEngine(LoadGated(gates))
    async with server_of(engine) as client:
        yield Killable(client, engine, gates)


async def come_back(killable, clip) -> None:
    """See that the server is away until the new worker has loaded, and then answers."""
    await until(killable.is_dead)
    await killable.assert_turned_away(clip)
    killable.gates.open_all()
    await until(killable.is_ready)
    assert (await killable.client.post("/v1/uas", files={"file": clip})).status_code == 200


async def test_killed_while_idle(killable, clip):
    assert await killable.is_ready()
    killable.gates.close("load")
    killable.kill()
    await come_back(killable, clip)


@pytest.mark.parametrize("query", ["", "?stream=true"])
async def test_killed_in_prefill(killable, clip, query):
    killable.gates.close("prefill", "load")
    running = [
        asyncio.create_task(killable.client.post(f"/v1/uas{query}", files={"file": clip}))
        for _ in range(3)
    ]
    await until(lambda: killable.gates.has_come_to("prefill"))
    killable.kill()
    for answer in await asyncio.gather(*running):
        assert_unavailable(answer)
    await come_back(killable, clip)


async def test_killed_mid_stream(killable, clip):
    killable.gates.close("middle", "load")
    running = asyncio.create_task(killable.client.post("/v1/uas?stream=true", files={"file": clip}))
    await until(lambda: killable.gates.has_come_to("middle"))
    killable.kill()
    answer = await running
    assert_broken_off(answer, "engine_unavailable")
    await come_back(killable, clip)


async def test_no_answer_is_another_s(killable, clip, proving, evidence):
    kills, clients = proving(1, 50), 12
    chance = random.Random(7)
    answered, turned_away = [], []

    async def ask(number: int) -> None:
        """Ask until there is an answer; it has to be the one to this question."""
        fields = {"question": f"Question {number}?", "choices": [f"answer {number}", "another"]}
        while True:
            answer = await killable.client.post("/v1/ask", files={"file": clip}, data=fields)
            if answer.status_code == 200:
                break
            assert_unavailable(answer)
            turned_away.append(number)
            await until(killable.is_ready)
        assert answer.json()["answer"] == f"answer {number}"
        answered.append(number)

    for kill in range(kills):
        first, wanted = kill * clients, chance.randrange(clients)
        asking = [asyncio.create_task(ask(first + number)) for number in range(clients)]

        async def some_are_answered(least: int = first + wanted) -> bool:
            return len(answered) >= least

        await until(some_are_answered)
        killable.kill()
        await asyncio.gather(*asking)
        await until(killable.is_ready)
    assert len(answered) == kills * clients
    figures = {"kills": kills, "answered": len(answered), "turned away": len(turned_away)}
    evidence("kill -9", {**figures, "answers of another request": 0})


@pytest.mark.model
@pytest.mark.slow
async def test_the_shipped_model_comes_back(server_of, clip, proving, evidence):
    folder = models_dir() / SHIPPED
    if not folder.exists():
        pytest.skip(f"{SHIPPED} is not built; run: uas model build {SHIPPED}")
    checkpoint = Checkpoint.open(folder)
    engine = LocalEngine(LoadCheckpoint(checkpoint.path))
    model = ServedModel(checkpoint.info, checkpoint.tokenizer, engine, FixedDrafter("hello"))
    kills, back_s = proving(1, 10), []
    server = server_of(model=model)
    async with server as client:
        killable = Killable(client, engine, None)
        for _ in range(kills):
            running = asyncio.create_task(client.post("/v1/uas", files={"file": clip}))
            async with asyncio.timeout(60):
                while not server.services.admission.running:  # noqa: ASYNC110 - it has no event
                    await asyncio.sleep(0)
            killable.kill()
            killed = time.monotonic()
            assert_unavailable(await running)
            await until(killable.is_dead)
            await killable.assert_turned_away(clip)
            await until(killable.is_ready, 600)
            back_s.append(time.monotonic() - killed)
            assert (await client.post("/v1/uas", files={"file": clip})).status_code == 200
    slowest = round(max(back_s), 2)
    evidence("kill -9", {"kills of the shipped model": kills, "longest until ready, s": slowest})
