"""`uas serve` with a state that outlives it, and ways to kill it and its engine."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from load.loops import Target
from load.servers import HOST, free_port, running

LEASE_S = 5
"""A job moves so long after its process died; a killed server is its own successor here."""

_START_S = 900.0


class Server:
    """A server on one port and one state folder, however often it is killed."""

    def __init__(self, state: Path) -> None:
        self.target = Target(HOST, free_port())
        self._command = [
            str(Path(sys.executable).with_name("uas")),
            "serve",
            *("--port", str(self.target.port), "--state-folder", str(state)),
            *("--job-lease-s", str(LEASE_S), "--log-level", "warning"),
        ]
        self._life = ExitStack()
        self._pid = 0

    @property
    def url(self) -> str:
        """Base URL."""
        return f"http://{self.target.host}:{self.target.port}"

    @contextmanager
    def used(self) -> Iterator["Server"]:
        """Start it, and end it at the end. Raises `NotStarted`."""
        self._start()
        try:
            yield self
        finally:
            self._life.close()

    def kill(self) -> None:
        """Kill the server with SIGKILL and start it again. Raises `NotStarted`."""
        os.kill(self._pid, signal.SIGKILL)
        self._life.close()  # and what is left of its children
        self._start()

    def kill_engine(self) -> None:
        """Kill the process that runs the model: the child that holds the most memory."""
        children = psutil.Process(self._pid).children(recursive=True)
        max(children, key=lambda child: child.memory_info().rss).kill()

    def memory_bytes(self) -> int:
        """Resident memory of the server and all its children."""
        total = 0
        with suppress(psutil.NoSuchProcess):
            server = psutil.Process(self._pid)
            for each in (server, *server.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    total += each.memory_info().rss
        return total

    def _start(self) -> None:
        started = running(self._command, self.target, "/health/ready", _START_S)
        self._pid = self._life.enter_context(started)
