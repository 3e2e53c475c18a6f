"""Sends steps to the back ends: to which one, how long to wait, and when to try another.

A request is tried elsewhere only as long as nothing of its answer has come. Closing a stream closes
its connection, which is how a back end learns that nobody waits any more. Nothing of a back end's
answer or key gets into a log or a message.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import httpx

from uas_server.engine.errors import EngineBusy, EngineDead, EngineError, InvalidConstraint
from uas_server.engine.remote.dialect import Ask, Clip, body_of
from uas_server.engine.remote.router import Backend, Place, Router
from uas_server.engine.remote.sse import Chunk, Unreadable, chunks_of
from uas_server.logs import event
from uas_server.remote_settings import Kind

_BUSY = frozenset({429, 503})
_REFUSED = frozenset({400, 413, 422})
_WHOLE = frozenset({"stop", "length"})
_COMPLETIONS = "/chat/completions"
_MODELS = "/models"

_logger = logging.getLogger("uas_server.engine.remote")


@dataclass(frozen=True)
class Address:
    """Where a back end is and what it serves. `headers` hold its key."""

    url: str
    kind: Kind
    model: str
    headers: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Address({self.url!r}, {self.kind!r})"


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds, and how often a request is tried again elsewhere."""

    begin_s: float
    idle_s: float
    retries: int


class _Failed(Exception):
    """This back end gave no answer, for a reason of its own."""

    def __init__(self, reason: str, *, busy: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.busy = busy


class Upstream:
    """The back ends behind one router."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        router: Router,
        addresses: Mapping[int, Address],
        patience: Patience,
        *,
        ids: bool,
    ) -> None:
        """`ids` asks for the ids of tokens, which say more than their texts."""
        self.router = router
        self._ids = ids
        self._client = client
        self._addresses = addresses
        self._patience = patience

    async def answer(self, clip: Clip, ask: Ask) -> AsyncGenerator[Chunk, None]:
        """Stream the answer to one step, from whichever back end gives one.

        Raises `EngineDead`, `EngineBusy`, `InvalidConstraint`, `EngineError`.
        """
        tried: set[int] = set()
        busy = False
        for _ in range(self._patience.retries + 1):
            try:
                async with self._place(tried, busy) as place:
                    tried.add(place.backend.number)
                    async with aclosing(self._told(place, clip, ask)) as chunks:
                        async for chunk in chunks:
                            yield chunk
            except _Failed as failure:
                busy = failure.busy
                self._log(place.backend, failure)
            else:
                return
        raise _given_up(busy)

    async def look(self, backend: Backend, within_s: float) -> bool:
        """Whether a back end answers; tells its breaker."""
        address = self._addresses[backend.number]
        try:
            async with asyncio.timeout(within_s):
                request = self._client.build_request(
                    "GET", address.url + _MODELS, headers=dict(address.headers)
                )
                answer = await self._client.send(request, stream=True)
                await answer.aclose()  # unread: only its status matters
                alive = answer.status_code < 400
        except (httpx.HTTPError, OSError):  # TimeoutError among them
            alive = False
        backend.breaker.seen(alive=alive)
        self.router.notify()
        return alive

    @asynccontextmanager
    async def _place(self, tried: set[int], busy: bool) -> AsyncIterator[Place]:
        """A place at a back end that was not tried; when all were, the last failure stands."""
        everyone = {backend.number for backend in self.router.backends}
        if tried >= everyone:
            raise _given_up(busy)
        async with self.router.place(tried) as place:
            yield place

    async def _told(self, place: Place, clip: Clip, ask: Ask) -> AsyncGenerator[Chunk, None]:
        """The stream of one back end; says on the way how it went."""
        address = self._addresses[place.backend.number]
        begun = False
        try:
            async with aclosing(self._stream(address, clip, ask)) as chunks:
                async for chunk in chunks:
                    begun, place.outcome = True, "answered"
                    yield chunk
        except _Failed as failure:
            place.outcome = "busy" if failure.busy else "failed"
            if begun:
                self._log(place.backend, failure)
                text = "the back end stopped in the middle of an answer; try again in a moment"
                raise EngineDead(text) from failure
            raise
        except EngineError:
            place.outcome = "refused"
            raise

    async def _stream(self, address: Address, clip: Clip, ask: Ask) -> AsyncGenerator[Chunk, None]:
        response = await self._send(address, clip, ask)
        try:
            _check_status(response.status_code, ask)
            async with aclosing(chunks_of(response.aiter_bytes())) as chunks:
                finished, wait_s = False, self._patience.begin_s
                while (chunk := await self._next(chunks, wait_s)) is not None:
                    wait_s = self._patience.idle_s
                    finished = finished or chunk.finish in _WHOLE
                    yield chunk
                if not finished:
                    raise _Failed("the answer has no end")
        finally:
            await response.aclose()

    async def _send(self, address: Address, clip: Clip, ask: Ask) -> httpx.Response:
        body = json.dumps(body_of(address.kind, address.model, clip, ask, ids=self._ids)).encode()
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        headers |= address.headers
        url = address.url + _COMPLETIONS
        request = self._client.build_request("POST", url, content=body, headers=headers)
        try:
            async with asyncio.timeout(self._patience.begin_s):
                return await self._client.send(request, stream=True)
        except (httpx.HTTPError, OSError) as error:
            raise _Failed(type(error).__name__) from None

    async def _next(self, chunks: AsyncGenerator[Chunk, None], wait_s: float) -> Chunk | None:
        try:
            async with asyncio.timeout(wait_s):
                return await anext(chunks, None)
        except (httpx.HTTPError, Unreadable, OSError) as error:
            raise _Failed(type(error).__name__) from None

    def _log(self, backend: Backend, failure: _Failed) -> None:
        event(
            _logger,
            logging.WARNING,
            "back_end_failed",
            back_end=backend.number,
            reason=failure.reason,
            state=backend.state,
        )


def _check_status(status: int, ask: Ask) -> None:
    if status == 200:
        return
    if status in _REFUSED:
        if ask.pattern is not None:
            raise InvalidConstraint("the back end does not take this pattern or this many tokens")
        raise EngineError("the back end refused this request")
    raise _Failed(f"status {status}", busy=status in _BUSY)


def _given_up(busy: bool) -> EngineError:
    if busy:
        return EngineBusy("the back ends have no room; try again later")
    return EngineDead("no back end gave an answer; try again in a moment")
