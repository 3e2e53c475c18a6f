"""Hands a fixed number of slots around: to whoever waits for an answer first, to the rest after.

Among equals it is first come, first served. A slot that falls free goes to an urgent taker as long
as there is one, so an urgent taker waits for at most what holds the slots now.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_Waiters = deque[asyncio.Future[None]]


class Turns:
    """The slots."""

    def __init__(self, slots: int) -> None:
        """Let `slots` takers hold one at the same time."""
        self._free = slots
        self._urgent: _Waiters = deque()
        self._patient: _Waiters = deque()

    @asynccontextmanager
    async def hold(self, *, urgent: bool) -> AsyncIterator[None]:
        """Wait for a slot and hold it while inside."""
        await self._take(self._urgent if urgent else self._patient)
        try:
            yield
        finally:
            self._give_back()

    async def _take(self, waiters: _Waiters) -> None:
        if self._free:
            self._free -= 1
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiters.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.cancelled():
                with contextlib.suppress(ValueError):  # passed over already
                    waiters.remove(waiter)
            else:  # the slot was handed over in the same turn of the loop
                self._give_back()
            raise

    def _give_back(self) -> None:
        for waiters in (self._urgent, self._patient):
            while waiters:
                waiter = waiters.popleft()
                if not waiter.done():
                    waiter.set_result(None)
                    return
        self._free += 1
