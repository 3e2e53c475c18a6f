"""A server in a process of its own, whose memory and event loop can be looked at from outside."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

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

    def longest_turn(self) -> dict[str, float]:
        """`cpu_s` and `clock_s` of the longest turn of its loop since this was last asked."""
        self._ask.write("\n")
        self._ask.flush()
        found: dict[str, float] = json.loads(self._answers.readline())
        return found


@contextmanager
def server_process(environment: Mapping[str, str], **settings: Any) -> Iterator[ServerProcess]:
    """Run a server with these settings, and a state of its own, while inside."""
    with (
        tempfile.TemporaryDirectory() as state_folder,
        _running(environment, {"state_folder": state_folder, **settings}) as process,
    ):
        yield process


@contextmanager
def _running(
    environment: Mapping[str, str], settings: Mapping[str, Any]
) -> Iterator[ServerProcess]:
    with subprocess.Popen(  # noqa: S603 - our own interpreter, our own script
        [sys.executable, str(_SCRIPT), json.dumps(settings)],
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield ServerProcess(process)
        assert process.stdin is not None
        process.stdin.close()
