"""The server around the scripted engine as a process of its own, which says how busy its loop was.

Prints its port. Then each line on standard input is answered with a line of JSON: the longest turn
of the event loop since the last one, in seconds of its thread's CPU time and of the clock, and how
many tasks the loop has. The end of standard input ends it. Arguments: settings and waits of the
engine (see `waiting_engine`), each as one JSON object.

The system's buffers towards a client are as small as they can be, so that one that does not read
holds the server up soon.
"""

import asyncio
import json
import selectors
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import uvicorn
from scripted_model import byte_tokens, scripted_model

from uas_server.app import create_app
from uas_server.engine.fake import FakeEngine, Reply, legal_reply
from uas_server.engine.protocol import GenerateRequest
from uas_server.serving import uvicorn_config
from uas_server.settings import Settings


class TimedSelector(selectors.DefaultSelector):
    """Times what the event loop does between two looks for events: while it does, nobody else is
    served. CPU time leaves out what other processes took of the machine.
    """

    def __init__(self) -> None:
        super().__init__()
        self.longest_cpu_s = self.longest_s = 0.0
        self._began_cpu_s, self._began_s = time.thread_time(), time.monotonic()

    def select(self, timeout: float | None = None) -> Any:
        self.longest_cpu_s = max(self.longest_cpu_s, time.thread_time() - self._began_cpu_s)
        self.longest_s = max(self.longest_s, time.monotonic() - self._began_s)
        ready = super().select(timeout)
        self._began_cpu_s, self._began_s = time.thread_time(), time.monotonic()
        return ready

    def report(self) -> str:
        """The longest turn so far, as JSON; forgets it."""
        found = {
            "cpu_s": self.longest_cpu_s,
            "clock_s": self.longest_s,
            "tasks": len(asyncio.all_tasks()),
        }
        self.longest_cpu_s = self.longest_s = 0.0
        return json.dumps(found)


def waiting_engine(max_concurrency: int = 64, chars: int = 4, **waits: float) -> FakeEngine:
    """An engine that gives the first legal text after these waits, with strings of so many."""

    def script(request: GenerateRequest) -> Reply:
        return Reply(legal_reply(request).text.replace('"fake"', f'"{"x" * chars}"'), **waits)

    return FakeEngine(script, max_concurrency=max_concurrency, kept_requests=0)


def main() -> None:
    settings, waits = Settings(**json.loads(sys.argv[1])), json.loads(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        model = scripted_model(byte_tokens(Path(folder)), waiting_engine(**waits))
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)  # the system makes it its least
    server = uvicorn.Server(uvicorn_config(create_app(settings, model), settings))
    selector = TimedSelector()

    async def serve() -> None:
        asyncio.get_running_loop().add_reader(sys.stdin, obey)
        await server.serve(sockets=[listener])

    def obey() -> None:
        if sys.stdin.readline():
            sys.stdout.write(selector.report() + "\n")
            sys.stdout.flush()
        else:
            server.should_exit = True
            asyncio.get_running_loop().remove_reader(sys.stdin)

    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        runner.run(serve())


if __name__ == "__main__":
    main()
