"""A server in a process of its own, looked at from outside: memory, event loop, what is open."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil

_SCRIPT = Path(__file__).with_name("scripted_server.py")


class ServerProcess:
    """A running `scripted_server.py`; `url` is its base URL."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._ask, self._answers = process.stdin, process.stdout
        self._process = psutil.Process(process.pid)
        self.url = f"http://127.0.0.1:{int(self._answers.readline())}"

    def memory_bytes(self) -> int:
        """Resident memory of the server and all its children."""
        total = self._process.memory_info().rss
        for child in self._process.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                total += child.memory_info().rss
        return total

    def cpu_s(self) -> float:
        """Seconds of CPU that the server has used, without its children."""
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def held(self) -> dict[str, int]:
        """Descriptors, threads and children of the server, and tasks of its loop."""
        return {
            "descriptors": self._process.num_fds(),
            "threads": self._process.num_threads(),
            "children": len(self._process.children(recursive=True)),
            "tasks": int(self.longest_turn()["tasks"]),
        }

    def longest_turn(self) -> dict[str, float]:
        """`cpu_s` and `clock_s` of its loop's longest turn since this was last asked; `tasks`."""
        self._ask.write("\n")
        self._ask.flush()
        found: dict[str, float] = json.loads(self._answers.readline())
        return found


async def places_taken(client: httpx.AsyncClient) -> tuple[int, int]:
    """Requests that wait and requests that run, from the server's own metrics."""
    lines = (await client.get("/metrics")).text.splitlines()
    waiting, running = (
        next(int(float(line.split()[1])) for line in lines if line.startswith(f"{gauge} "))
        for gauge in ("uas_queue_depth", "uas_running_requests")
    )
    return waiting, running


@contextmanager
def server_process(
    environment: Mapping[str, str], engine: Mapping[str, float] | None = None, **settings: Any
) -> Iterator[ServerProcess]:
    """Run a server with these settings, these waits of its engine, and a state of its own."""
    with (
        tempfile.TemporaryDirectory() as state_folder,
        _running(environment, engine, {"state_folder": state_folder, **settings}) as process,
    ):
        yield process


@contextmanager
def _running(
    environment: Mapping[str, str],
    engine: Mapping[str, float] | None,
    settings: Mapping[str, Any],
) -> Iterator[ServerProcess]:
    with subprocess.Popen(  # noqa: S603 - our own interpreter, our own script
        [sys.executable, str(_SCRIPT), json.dumps(settings), json.dumps(engine or {})],
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield ServerProcess(process)
        assert process.stdin is not None
        process.stdin.close()
