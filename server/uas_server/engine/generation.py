"""A generation under way in this process: its events, and the ways to end it from outside.

The walk runs as a task; a deadline, an abort, a dead engine or a consumer that leaves cancels the
task, which cancels the model's own request in turn.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncGenerator, Callable
from typing import Protocol

from uas_model.runner.request import Event, Final, Finish, GenerateRequest, TextDelta
from uas_server.engine.errors import EngineError


class Writes(Protocol):
    """What writes one text, such as `uas_server.engine.walk.Walk`."""

    async def write(self) -> Final:
        """Write it to its end, saying it on the way."""
        ...

    def final(self, finish: Finish) -> Final:
        """Sum up what there is, after `write` was cancelled."""
        ...


class Generation:
    """One walk as a stream of events. Create, iterate `events` once, throw away.

    Args:
        walk_of: makes the walk, given what takes its text.
        request: gives the deadline.
    """

    def __init__(
        self, walk_of: Callable[[Callable[[str], None]], Writes], request: GenerateRequest
    ) -> None:
        self._said: asyncio.Queue[str | None] = asyncio.Queue()
        self._began = time.monotonic()
        self._reason: Finish | EngineError | None = None
        self._walk = walk_of(self._said.put_nowait)
        self._task = asyncio.create_task(self._walk.write())
        self._task.add_done_callback(lambda _: self._said.put_nowait(None))
        self._alarm: asyncio.TimerHandle | None = None
        if request.deadline is not None:
            wait_s = request.deadline - self._began
            if wait_s > 0:
                self._alarm = self._task.get_loop().call_later(wait_s, self.end, "deadline")
            else:
                self.end("deadline")

    def end(self, reason: Finish | EngineError) -> None:
        """End it between two steps: with this finish, or by raising this error."""
        if self._reason is None and not self._task.done():
            self._reason = reason
            self._task.cancel()

    async def events(self) -> AsyncGenerator[Event, None]:
        """Yield deltas, then one `Final`. Raises what the walk raises, or what ended it."""
        try:
            while (text := await self._said.get()) is not None:
                yield TextDelta(text)
            yield self._last()
        finally:
            if self._alarm is not None:
                self._alarm.cancel()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _last(self) -> Final:
        if not self._task.cancelled():
            final = self._task.result()
        elif isinstance(self._reason, EngineError):
            raise self._reason
        else:
            final = self._walk.final(self._reason or "aborted")
        timings = {"decode_s": time.monotonic() - self._began}
        return dataclasses.replace(final, timings=timings)
