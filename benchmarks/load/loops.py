"""Two ways to put load on a server. Knows nothing of what is asked.

Closed: so many clients, each of which sends its next request when its last one was answered; the
server sets the pace. Open: requests come at random moments at a given mean rate, whether or not
earlier ones were answered, as they do from many people who know nothing of each other; times count
from the moment that a request was due, so waiting is never left out.
"""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from load.figures import Sample
from load.wire import Answer, BrokenAnswer, Connection

clock = time.perf_counter


@dataclass(frozen=True)
class Ask:
    """A request as it goes over the wire, and the length of its clip in seconds."""

    data: bytes
    audio_s: float


@dataclass(frozen=True)
class Target:
    """Where a server listens, on this machine or another."""

    host: str
    port: int


async def closed_loop(target: Target, asks: Sequence[Ask], clients: int) -> list[Sample]:
    """Send all `asks`, `clients` at a time."""
    waiting = iter(asks)

    async def client() -> list[Sample]:
        with _Lines(target).used() as lines:
            return [await lines.send(ask, clock()) for ask in waiting]

    done = await asyncio.gather(*(client() for _ in range(clients)))
    return [sample for samples in done for sample in samples]


async def open_loop(
    target: Target,
    ask_of: Callable[[int], Ask],
    rate_hz: float,
    seconds: float,
    seed: int = 1,
) -> list[Sample]:
    """Send requests as a Poisson process for so long; samples in the order of their ends."""
    chance = random.Random(seed)
    samples: list[Sample] = []
    with _Lines(target).used() as lines:

        async def one(ask: Ask, due_at: float) -> None:
            samples.append(await lines.send(ask, due_at))

        began, offset_s, number = clock(), chance.expovariate(rate_hz), 0
        async with asyncio.TaskGroup() as under_way:
            while offset_s < seconds:
                await asyncio.sleep(began + offset_s - clock())
                under_way.create_task(one(ask_of(number), began + offset_s))
                offset_s += chance.expovariate(rate_hz)
                number += 1
    return samples


class _Lines:
    """Connections to one server; one is opened only when none is free."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._free: list[Connection] = []

    @contextmanager
    def used(self) -> "Iterator[_Lines]":
        """Close them at the end."""
        try:
            yield self
        finally:
            for line in self._free:
                line.close()

    async def send(self, ask: Ask, due_at: float) -> Sample:
        """Send one request now; a broken connection is an answer of status 0."""
        sent_at, answer = clock(), None
        with suppress(BrokenAnswer, OSError):
            answer = await self._exchange(ask.data)
        now = clock()
        if answer is None:
            answer = Answer(0, b"", now, now)
        return Sample(
            due_at,
            sent_at,
            answer.first_at,
            answer.done_at,
            answer.status,
            ask.audio_s,
            answer.body,
        )

    async def _exchange(self, data: bytes) -> Answer:
        line = self._free.pop() if self._free else None
        if line is None or not line.is_open:
            line = await Connection.open(self._target.host, self._target.port)
        try:
            answer = await line.exchange(data)
        except BaseException:
            line.close()
            raise
        self._free.append(line)
        return answer
