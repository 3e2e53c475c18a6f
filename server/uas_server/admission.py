"""How many requests are let in: those that run and a bounded queue; everyone else is told at once.

A ticket is given before the body is read and held to the last byte of the answer. Among the
tickets, `turn` lets as many run at the same time as the engine can take, first come first served.
What nobody waits for takes a `background_turn`, and gets it when no ticket wants one.
"""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from opentelemetry.trace import Tracer

from uas_server.errors import ApiError, retry_after
from uas_server.tracing import NO_TRACER, stage_span
from uas_server.turns import Turns

_SMOOTHING = 0.2  # weight of the newest request in the mean time of one


class Admission:
    """The places of one server.

    Attributes:
        admitted: requests that hold a ticket.
        running: those of them whose turn it is.
    """

    def __init__(self, running: int, queue: int, tracer: Tracer = NO_TRACER) -> None:
        """Let `running` requests run at the same time and `queue` more wait."""
        self._tracer = tracer
        self.capacity = running + queue
        self.admitted = 0
        self.running = 0
        self._slots = running
        self._turns = Turns(running)
        self._mean_s = 1.0

    @property
    def waiting(self) -> int:
        """Requests that hold a ticket and wait for their body, their audio or their turn."""
        return self.admitted - self.running

    def admit(self) -> "Ticket":
        """Take a place. Raises `ApiError` server_full when there is none."""
        if self.admitted >= self.capacity:
            wait_s = self._mean_s * self.admitted / self._slots
            message = f"All {self.capacity} places are taken. Try again after the given time."
            raise ApiError("server_full", message, headers=retry_after(wait_s))
        self.admitted += 1
        return Ticket(self)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[float]:
        """Wait for the engine among the tickets and hold it, for what was let in elsewhere.

        It counts as admitted meanwhile; gives the seconds waited.
        """
        self.admitted += 1
        try:
            async with self._turn() as waited_s:
                yield waited_s
        finally:
            self.admitted -= 1

    @asynccontextmanager
    async def background_turn(self) -> AsyncIterator[None]:
        """Hold the engine while inside, for something short that no client waits for."""
        async with self._turns.hold(urgent=False):
            yield

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[float]:
        asked = time.monotonic()
        async with AsyncExitStack() as turn:
            with stage_span(self._tracer, "queue"):
                await turn.enter_async_context(self._turns.hold(urgent=True))
            started = time.monotonic()
            self.running += 1
            try:
                yield started - asked
            finally:
                self.running -= 1
                took_s = time.monotonic() - started
                self._mean_s += _SMOOTHING * (took_s - self._mean_s)


class Ticket:
    """One place, given back once with `release`."""

    def __init__(self, admission: Admission) -> None:
        self._admission: Admission | None = admission

    def release(self) -> None:
        """Give the place back; a second time does nothing."""
        if self._admission is not None:
            self._admission.admitted -= 1
            self._admission = None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[float]:
        """Wait until it may run, and hold the engine while inside; gives the seconds waited."""
        if self._admission is None:
            raise RuntimeError("the ticket was given back before its turn")
        async with self._admission._turn() as waited_s:
            yield waited_s
