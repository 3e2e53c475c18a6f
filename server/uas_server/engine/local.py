"""The CPU engine: our own forward loop in a process of its own.

The server's loop never blocks: a thread reads the worker's pipe and another writes it. When the
worker dies, every request in flight gets `EngineDead` and nothing of the old process is heard of
again, because each process has its own pipe and each generation its own ticket.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import multiprocessing
import threading
import time
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import TypeAlias

from uas_model.runner.request import MOST_CONTEXT_TOKENS
from uas_server.engine.errors import (
    ContextTooLong,
    EngineBusy,
    EngineDead,
    EngineError,
    InvalidConstraint,
)
from uas_server.engine.messages import (
    Abort,
    Begin,
    Done,
    FromWorker,
    Ready,
    RefusalKind,
    Refused,
    Said,
    Stop,
    ToWorker,
)
from uas_server.engine.protocol import Capabilities, Event, GenerateRequest, Health, TextDelta
from uas_server.engine.worker import Load, run_worker

GENTLE_S = 2.0
"""How long a worker that was told to stop may take before it is killed."""

_Inflight: TypeAlias = "dict[int, asyncio.Queue[Said | Done | Refused | EngineDead]]"

_REFUSALS: dict[RefusalKind, type[EngineError]] = {
    "pattern": InvalidConstraint,
    "too_long": ContextTooLong,
    "audio": EngineError,
    "internal": EngineError,
}


class LocalEngine:
    """Runs what `load` gives in a process of its own, one request after the other.

    Args:
        load: called in the worker; has to be picklable.
        most_waiting: requests that may wait for the one that runs; more get `EngineBusy`.
        start_timeout_s: how long loading may take.
        max_context_tokens: what `capabilities` says before the worker has told.
    """

    def __init__(
        self,
        load: Load,
        *,
        most_waiting: int = 64,
        start_timeout_s: float = 120.0,
        max_context_tokens: int = MOST_CONTEXT_TOKENS,
    ) -> None:
        self._load = load
        self._most_waiting = most_waiting
        self._start_timeout_s = start_timeout_s
        self._context_tokens = max_context_tokens
        self._tickets = itertools.count()
        self._by_id: dict[str, int] = {}
        self._link: _Link | None = None
        self._changing = asyncio.Lock()

    @property
    def capabilities(self) -> Capabilities:
        """Everything; one generation at a time."""
        return Capabilities(
            probabilities=True,
            constraints=frozenset({"skeleton", "regex", "choice"}),
            max_context_tokens=self._context_tokens,
            max_concurrency=1,
            exact_prefill=True,
        )

    def health(self) -> Health:
        """Say how the worker is."""
        return "starting" if self._link is None else self._link.health

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker; None before the first start."""
        return None if self._link is None else self._link.pid

    async def start(self) -> None:
        """Start the worker and wait until it is warm. Raises `EngineDead`."""
        async with self._changing:
            await self._start()

    async def restart(self) -> None:
        """Replace the worker."""
        async with self._changing:
            await self._stop()
            await self._start()

    async def close(self) -> None:
        """End the worker."""
        async with self._changing:
            await self._stop()

    async def abort(self, request_id: str) -> None:
        """Tell the worker to end the request at its next step."""
        ticket = self._by_id.get(request_id)
        if ticket is not None and self._link is not None:
            self._link.post(Abort(ticket))

    async def generate(self, request: GenerateRequest) -> AsyncGenerator[Event, None]:
        """Pass the request on and hand out what comes back."""
        link = self._link
        if link is None or link.health != "ready":
            raise EngineDead(f"the engine is {self.health()}; try again in a moment")
        if request.request_id in self._by_id:
            raise ValueError(f"request id {request.request_id!r} is already in flight")
        if len(link.inflight) > self._most_waiting:
            raise EngineBusy(f"{len(link.inflight)} requests wait already; try again later")
        ticket = next(self._tickets)
        self._by_id[request.request_id] = ticket
        answers = link.inflight[ticket] = asyncio.Queue()
        link.post(Begin(ticket, request, time.monotonic()))
        finished = False
        try:
            while not finished:
                answer = await answers.get()
                finished = not isinstance(answer, Said)
                yield _event(answer)
        finally:
            del self._by_id[request.request_id]
            del link.inflight[ticket]
            if not finished:
                link.post(Abort(ticket))

    async def _start(self) -> None:
        link = self._link = _Link(self._load)
        try:
            async with asyncio.timeout(self._start_timeout_s):
                ready = await link.open()
        except TimeoutError:
            await self._stop()
            raise EngineDead(
                f"the model was not ready after {self._start_timeout_s:g} s; allow it more"
            ) from None
        self._context_tokens = ready.context_tokens

    async def _stop(self) -> None:
        if self._link is not None:
            await self._link.close()


def _event(answer: Said | Done | Refused | EngineDead) -> Event:
    if isinstance(answer, Said):
        return TextDelta(answer.text)
    if isinstance(answer, Done):
        return answer.final
    if isinstance(answer, Refused):
        raise _REFUSALS[answer.kind](answer.message)
    raise answer


class _Link:
    """One worker process, its pipe, and the requests that it owes an answer."""

    def __init__(self, load: Load) -> None:
        self.health: Health = "starting"
        self.inflight: _Inflight = {}
        self._load = load
        self._closed = False
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine-pipe-out")
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[Ready] = self._loop.create_future()
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._reader: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """Id of the process, once there is one."""
        return None if self._process is None else self._process.pid

    async def open(self) -> Ready:
        """Start the process and wait for its word."""
        await self._loop.run_in_executor(self._writer, self._spawn)
        return await self._ready

    def post(self, message: ToWorker) -> None:
        """Send in order, without waiting; a dead worker's post is lost."""
        if self.health != "dead":
            self._writer.submit(self._send, message)

    async def close(self) -> None:
        """End the process, gently for a moment and then for sure."""
        self._die("the engine was stopped; try again in a moment")
        if not self._closed:
            self._closed = True
            self._writer.submit(self._send, Stop())
            await asyncio.to_thread(self._end_process)

    def _spawn(self) -> None:
        context = multiprocessing.get_context("spawn")
        mine, theirs = context.Pipe()
        process = context.Process(
            target=run_worker, args=(theirs, self._load), name="uas-engine", daemon=True
        )
        process.start()
        theirs.close()
        self._process, self._connection = process, mine
        self._reader = threading.Thread(target=self._read, args=(mine,), daemon=True)
        self._reader.start()

    def _send(self, message: ToWorker) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.send(message)

    def _read(self, connection: Connection) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            try:
                while True:
                    self._loop.call_soon_threadsafe(self._deliver, connection.recv())
            except (EOFError, OSError):
                text = "the process that runs the model died; try again in a moment"
                self._loop.call_soon_threadsafe(self._die, text)

    def _deliver(self, message: FromWorker) -> None:
        if self.health == "dead":
            return
        if isinstance(message, Ready):
            self.health = "ready"
            if not self._ready.done():
                self._ready.set_result(message)
        elif message.ticket in self.inflight:
            self.inflight[message.ticket].put_nowait(message)

    def _die(self, text: str) -> None:
        if self.health == "dead":
            return
        self.health = "dead"
        if not self._ready.done():
            self._ready.set_exception(EngineDead("the model could not be loaded; see the log"))
            self._ready.exception()  # seen: nobody may be waiting for it
        for answers in self.inflight.values():
            answers.put_nowait(EngineDead(text))

    def _end_process(self) -> None:
        if self._process is not None:
            self._process.join(timeout=GENTLE_S)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
        self._writer.shutdown(wait=True)
        if self._reader is not None:
            self._reader.join()
        if self._connection is not None:
            self._connection.close()
