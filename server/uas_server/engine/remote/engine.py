"""The engine around the back ends: no model runs here, and nothing here knows UAS.

Health is that of the back ends: ready while any of them is in use, dead when all of them rest. They
are looked at from time to time, so that one that comes back is used again without traffic.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Mapping
from functools import partial

import httpx

from uas_model.runner.constraints import Regex
from uas_model.tokens import TextTokens
from uas_schema.prompts import PromptFamily
from uas_server.engine.errors import ContextTooLong, EngineDead
from uas_server.engine.generation import Generation
from uas_server.engine.protocol import Capabilities, Event, GenerateRequest, Health
from uas_server.engine.remote.automaton import byte_automaton
from uas_server.engine.remote.breaker import Breaker, Clock
from uas_server.engine.remote.conversation import Conversation, Strays
from uas_server.engine.remote.dialect import Clip, keeps_to_patterns
from uas_server.engine.remote.prompt import TurnReader
from uas_server.engine.remote.router import Backend, Router
from uas_server.engine.remote.upstream import Address, Patience, Upstream
from uas_server.engine.remote.walk import TextWalk
from uas_server.remote_settings import RemoteSettings

_LOOK_AGAIN_S = 0.25


class RemoteEngine:
    """Has generations written by other servers.

    Args:
        tokens: vocabulary of the model as this server knows it.
        family: of its prompts.
        settings: the back ends, and how they are treated.
        name: of the model, where a back end has no other.
        keys: of back ends, by their number in the settings.
        transport: httpx's, for back ends in this process.
        clock: of the breakers.
    """

    def __init__(
        self,
        tokens: TextTokens,
        family: PromptFamily,
        settings: RemoteSettings,
        *,
        name: str,
        keys: Mapping[int, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._tokens = tokens
        self._turns = TurnReader(tokens, family)
        self._settings = settings
        self._name = name
        self._keys = dict(keys or {})
        self._transport = transport
        breaks = (settings.failures, settings.rest_s, settings.most_rest_s, clock)
        self.backends = tuple(
            Backend(number, backend.requests or settings.requests, Breaker(*breaks))
            for number, backend in enumerate(settings.backends)
        )
        self.strays = Strays()
        self._kinds = [backend.kind or settings.kind for backend in settings.backends]
        self._keeps = all(map(keeps_to_patterns, self._kinds))
        self._running: dict[str, Generation] = {}
        self._health: Health = "starting"
        self._changing = asyncio.Lock()
        self._upstream: Upstream | None = None
        self._client: httpx.AsyncClient | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def capabilities(self) -> Capabilities:
        """All constraints: what a back end does not enforce is checked here."""
        return Capabilities(
            probabilities=self._rates,
            constraints=frozenset({"skeleton", "regex", "choice"}),
            max_context_tokens=self._settings.context_tokens - 1,
            max_concurrency=max(1, sum(backend.places for backend in self.backends)),
            exact_prefill=False,
        )

    def health(self) -> Health:
        """Say how the back ends are, as far as is known."""
        if self._health == "ready" and (self._upstream is None or not self._upstream.router.in_use):
            return "dead"
        return self._health

    async def start(self) -> None:
        """Wait until a back end answers. Raises `EngineDead`."""
        async with self._changing:
            await self._start(self._settings.start_s)

    async def restart(self) -> None:
        """Look for back ends that answer, once."""
        async with self._changing:
            await self._stop()
            await self._start(0.0)

    async def close(self) -> None:
        """End what is in flight, and all connections."""
        async with self._changing:
            await self._stop()

    async def abort(self, request_id: str) -> None:
        """End a generation between two steps."""
        if request_id in self._running:
            self._running[request_id].end("aborted")

    async def generate(self, request: GenerateRequest) -> AsyncGenerator[Event, None]:
        """Walk the request's constraint and hand out what comes."""
        self._check_room(request)
        if isinstance(request.constraint, Regex):
            await asyncio.to_thread(byte_automaton, request.constraint.pattern)
        upstream = self._upstream
        if upstream is None or self.health() != "ready":
            raise EngineDead(f"the back ends are {self.health()}; try again in a moment")
        if request.request_id in self._running:
            raise ValueError(f"request id {request.request_id!r} is already in flight")
        conversation = Conversation(
            upstream=upstream,
            clip=Clip.of(self._turns.read(request), request.audio[0], request.cache_salt),
            strays=self.strays,
            keeps=self._keeps,
            rates=self._rates,
            repairs=self._settings.repairs,
        )
        generation = Generation(partial(TextWalk, conversation, self._tokens, request), request)
        self._running[request.request_id] = generation
        try:
            async with contextlib.aclosing(generation.events()) as events:
                async for event in events:
                    yield event
        finally:
            if self._running.get(request.request_id) is generation:
                del self._running[request.request_id]

    @property
    def _rates(self) -> bool:
        return self._settings.probabilities and self._keeps

    def _check_room(self, request: GenerateRequest) -> None:
        given = len(request.prompt_ids) + len(request.prefill_ids)
        room = self.capabilities.max_context_tokens
        if given + request.max_tokens > room:
            raise ContextTooLong(
                f"{given} tokens of prompt and prefill and a budget of {request.max_tokens} do not "
                f"fit a context of {room}; shorten the question or the budget"
            )

    async def _start(self, within_s: float) -> None:
        """Look at the back ends until one answers; at least once."""
        self._health = "starting"
        self._client = self._new_client()
        upstream = self._new_upstream(self._client)
        last_look = time.monotonic() + within_s
        while not await self._look(upstream):
            if time.monotonic() >= last_look:
                await self._stop()
                raise EngineDead("no back end answers; start one, or mend remote_backends")
            await asyncio.sleep(_LOOK_AGAIN_S)
        self._upstream = upstream
        self._health = "ready"
        self._watch = asyncio.create_task(self._keep_looking(upstream))

    async def _stop(self) -> None:
        self._health = "dead"
        for generation in tuple(self._running.values()):
            generation.end(EngineDead("the engine was stopped; try again in a moment"))
        self._running.clear()
        self._upstream = None
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _keep_looking(self, upstream: Upstream) -> None:
        while True:
            await asyncio.sleep(self._settings.look_s)
            await self._look(upstream)

    async def _look(self, upstream: Upstream) -> bool:
        """Whether any back end answers."""
        within_s = self._settings.connect_s + self._settings.look_s
        looks = (upstream.look(backend, within_s) for backend in self.backends)
        return any(await asyncio.gather(*looks))

    def _new_client(self) -> httpx.AsyncClient:
        """A client without limits of its own: the router holds places, `Patience` the times."""
        return httpx.AsyncClient(
            transport=self._transport,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(None, connect=self._settings.connect_s),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=len(self.backends)),
        )

    def _new_upstream(self, client: httpx.AsyncClient) -> Upstream:
        settings = self._settings
        return Upstream(
            client,
            Router(self.backends, settings.wait_s),
            {number: self._address(number) for number, _ in enumerate(self.backends)},
            Patience(settings.begin_s, settings.idle_s, settings.retries),
            ids=settings.same_vocabulary,
        )

    def _address(self, number: int) -> Address:
        backend = self._settings.backends[number]
        key = self._keys.get(number)
        return Address(
            url=backend.url,
            kind=self._kinds[number],
            model=backend.model or self._settings.model or self._name,
            headers={} if key is None else {"Authorization": f"Bearer {key}"},
        )
