"""One generation's side of the back ends: its clip goes with every step, strays are counted."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from uas_server.engine.remote.dialect import Ask, Clip
from uas_server.engine.remote.sse import Chunk
from uas_server.engine.remote.upstream import Upstream


@dataclass
class Strays:
    """How many answers left their pattern, since the engine was made."""

    count: int = 0


@dataclass(frozen=True)
class Conversation:
    """What `TextWalk` talks to; see `uas_server.engine.remote.walk.Answers`."""

    upstream: Upstream
    clip: Clip
    strays: Strays
    keeps: bool
    rates: bool
    repairs: int

    def answer(self, ask: Ask) -> AsyncGenerator[Chunk, None]:
        """Stream the answer to one step."""
        return self.upstream.answer(self.clip, ask)

    def strayed(self) -> None:
        """Count an answer that left its pattern."""
        self.strays.count += 1
