"""SIGTERM under load ends the server well and loses nobody; SIGHUP reads the keys again."""

import asyncio
import json
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from polling import until
from server_process import places_taken
from waiting_client import waiting_clients

from uas_server.keys.entry import ApiKey, digest_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = Path(__file__).parents[1] / "support" / "served_server.py"
LISTENING = re.compile(r"running on http://127\.0\.0\.1:(\d+)")
EXIT_S = 60
NEVER_S = 3600.0


@contextmanager
def served(environment, engine=None, **settings):
    """The process and its port; it is killed if it still runs at the end."""
    arguments = json.dumps({"port": 0, "decoders": 1, **settings}), json.dumps(engine or {})
    with subprocess.Popen(  # noqa: S603 - our own interpreter, our own script
        [sys.executable, str(SCRIPT), *arguments],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            found = (LISTENING.search(line) for line in process.stderr)
            yield process, int(next(match for match in found if match)[1])
        finally:
            process.kill()


async def exit_code(process) -> int:
    return await asyncio.to_thread(process.wait, EXIT_S)


async def is_closed(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False


async def test_sigterm_answers_what_was_let_in_and_lets_nobody_in(
    environment, clip, proving, evidence
):
    count = proving(6, 34)
    with served(environment, {"latency_s": 0.2, "max_concurrency": 2}) as (process, port):
        async with waiting_clients(port, count, len(clip)) as clients:
            early, late = clients[: count // 2], clients[count // 2 :]
            assert all(client.is_let_in for client in clients)
            for client in early:
                client.send(clip)
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as probe:

                async def runs() -> bool:
                    return (await places_taken(probe))[1] > 0

                await until(runs)
            process.send_signal(signal.SIGTERM)
            await until(lambda: is_closed(port))
            for client in late:
                client.send(clip)
            statuses = await asyncio.gather(*(client.status() for client in clients))
        code = await exit_code(process)
    assert statuses == [200] * count
    assert code == 0
    figures = {"let in before SIGTERM": count, "bodies sent after it": len(late)}
    evidence("SIGTERM", {**figures, "answered with 200": len(statuses), "exit code": code})


async def test_what_does_not_end_in_time_is_told_so_and_the_server_ends(environment, clip):
    engine = {"latency_s": NEVER_S}
    with served(environment, engine, drain_s=1, request_s=NEVER_S) as (process, port):
        async with waiting_clients(port, 1, len(clip)) as (client,):
            client.send(clip)
            process.send_signal(signal.SIGTERM)
            assert await exit_code(process) == 0
            answer = await client.reader.read()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nretry-after: " in head.lower()
    assert json.loads(body)["error"]["code"] == "server_stopping"


async def test_sighup_reads_the_keys_again(environment, tmp_path):
    file = tmp_path / "keys.yaml"

    def add(name: str) -> None:
        line = ApiKey(name=name, sha256=digest_of(name.encode()).hex()).line()
        with file.open("a") as opened:
            opened.write(line + "\n")

    add("first")
    with served(environment, keys_file=str(file)) as (process, port):
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:

            async def opens(name: str) -> bool:
                headers = {"authorization": f"Bearer {name}"}
                return (await client.get("/v1/models", headers=headers)).status_code == 200

            assert (await opens("first"), await opens("second")) == (True, False)
            add("second")
            process.send_signal(signal.SIGHUP)
            await until(lambda: opens("second"))
            assert await opens("first")
        process.send_signal(signal.SIGTERM)
        assert await exit_code(process) == 0
