"""The numbered events of one session: given out in order, the newest kept to be given again."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from uas_server.live.messages import NumberedEvent


class Missed(Exception):
    """An event that somebody still wants is not kept any more."""


@dataclass(frozen=True)
class Closing:
    """There are no more events; the connection is closed with this code."""

    code: int


class Outbox:
    """Holds events as JSON up to `most_bytes`, and always the newest one."""

    def __init__(self, most_bytes: int, last: int) -> None:
        """Go on behind the number `last`; 0 is none."""
        self._most_bytes = most_bytes
        self._texts: deque[str] = deque()
        self._bytes = 0
        self._last = last
        self._closing: Closing | None = None
        self._news = asyncio.Event()

    @property
    def is_ended(self) -> bool:
        """Whether nothing comes any more."""
        return self._closing is not None

    def put(self, event_of: Callable[[int], NumberedEvent]) -> None:
        """Add the event that a number makes; after the end nothing is added."""
        if self._closing is not None:
            return
        self._last += 1
        text = event_of(self._last).model_dump_json(by_alias=True, exclude_none=False)
        self._texts.append(text)
        self._bytes += len(text)
        while self._bytes > self._most_bytes and len(self._texts) > 1:
            self._bytes -= len(self._texts.popleft())
        self._news.set()

    def end(self, code: int) -> None:
        """Close with this code once everything was given out; the first end counts."""
        self._closing = self._closing or Closing(code)
        self._news.set()

    def can_follow(self, number: int) -> bool:
        """Whether everything behind this number is kept."""
        return self._last - len(self._texts) <= number <= self._last

    async def after(self, number: int) -> str | Closing:
        """The event behind this number, as soon as there is one. Raises `Missed`."""
        while number >= self._last:
            if self._closing is not None:
                return self._closing
            self._news.clear()
            await self._news.wait()
        if not self.can_follow(number):
            raise Missed
        return self._texts[number - self._last + len(self._texts)]
