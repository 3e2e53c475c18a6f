"""Which back end a request goes to: among those in use, the one with the least to do.

A place is held to the end of the request and given back whatever happens. Who finds every place
taken waits; who finds nobody in use is told at once. Knows nothing of HTTP.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Literal, TypeAlias

from uas_server.engine.errors import EngineBusy, EngineDead
from uas_server.engine.remote.breaker import Breaker, State

Outcome: TypeAlias = Literal["answered", "failed", "busy", "refused", "left"]
"""How a request ended.

answered   as it should, or it was told to stop
failed     no answer, or none that can be read
busy       it said that it has no room
refused    it said that the request is wrong
left       nobody waited for the answer any more
"""

_ALIVE: frozenset[Outcome] = frozenset({"answered", "refused"})


class Backend:
    """One back end as the router sees it.

    Attributes:
        number: its place in the settings, from 0.
        places: requests that it takes at the same time.
        running: requests that it has now.
        outcomes: how its requests ended.
    """

    def __init__(self, number: int, places: int, breaker: Breaker) -> None:
        self.number = number
        self.places = places
        self.breaker = breaker
        self.running = 0
        self.last_turn = 0
        self.outcomes: Counter[Outcome] = Counter()

    @property
    def state(self) -> State:
        """Whether it is in use."""
        return self.breaker.state

    @property
    def has_room(self) -> bool:
        """Whether a request may go to it now."""
        return self.running < self.places and self.breaker.allows

    @property
    def load(self) -> tuple[float, int]:
        """Orders back ends: the part of its places that is taken, then who waited longest."""
        return self.running / self.places, self.last_turn


class Place:
    """One request's place at a back end.

    Attributes:
        outcome: how the request ended, as far as is known.
    """

    def __init__(self, backend: Backend, turn: int) -> None:
        self.backend = backend
        self.outcome: Outcome = "left"
        self._began = backend.breaker.begin()
        backend.running += 1
        backend.last_turn = turn

    def give_back(self) -> None:
        """End it: tell the breaker, count, make room."""
        breaker = self.backend.breaker
        if self.outcome in _ALIVE:
            breaker.succeeded(self._began)
        elif self.outcome == "failed":
            breaker.failed(self._began)
        else:
            breaker.unknown(self._began)
        self.backend.outcomes[self.outcome] += 1
        self.backend.running -= 1


def least_loaded(backends: Sequence[Backend], avoid: Collection[int]) -> Backend | None:
    """The back end that should get the next request; None when none has room."""
    free = (backend for backend in backends if backend.has_room and backend.number not in avoid)
    return min(free, key=lambda backend: backend.load, default=None)


class Router:
    """Hands out places of several back ends; `wait_s` is how long a request waits for one."""

    def __init__(self, backends: Sequence[Backend], wait_s: float) -> None:
        self.backends = tuple(backends)
        self._wait_s = wait_s
        self._turns = 0
        self._changed = asyncio.Event()

    @property
    def in_use(self) -> bool:
        """Whether any back end is not resting."""
        return any(backend.state != "open" for backend in self.backends)

    @asynccontextmanager
    async def place(self, avoid: Collection[int] = ()) -> AsyncGenerator[Place, None]:
        """Hold a place while inside; back ends whose numbers are in `avoid` are left out.

        How it went is what the place was told last; a request that is given up told nothing.
        Raises `EngineDead` when nobody is in use, `EngineBusy` when the wait was too long.
        """
        place = await self._take(avoid)
        try:
            yield place
        finally:
            place.give_back()
            self.notify()

    def notify(self) -> None:
        """Say that a place or a state has changed."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _take(self, avoid: Collection[int]) -> Place:
        try:
            async with asyncio.timeout(self._wait_s):
                while (found := least_loaded(self.backends, avoid)) is None:
                    if not self._can_come(avoid):
                        raise EngineDead("no back end answers; try again in a moment")
                    await self._changed.wait()
        except TimeoutError:
            raise EngineBusy("all places of the back ends are taken; try again later") from None
        self._turns += 1
        return Place(found, self._turns)

    def _can_come(self, avoid: Collection[int]) -> bool:
        """Whether a place may yet fall free: somebody not avoided is not resting."""
        return any(b.state != "open" for b in self.backends if b.number not in avoid)
