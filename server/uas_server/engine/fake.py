"""An engine without a model: it says what a script tells it to, when and as slowly as told.

It ships with the package so that everything above the engines can be tested, and measured, alone.
It does not check that a scripted text obeys the constraint: a wrong text is a case to test.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from uas_schema.skeleton import Literal, Node, Repeat, Slot
from uas_server.engine.errors import EngineDead
from uas_server.engine.protocol import (
    Capabilities,
    Choice,
    Constraint,
    Event,
    Final,
    Finish,
    GenerateRequest,
    Health,
    Regex,
    TextDelta,
    TokenCounts,
)

BYTES_PER_TOKEN = 4
"""The fake's tokens are runs of this many UTF-8 bytes, so that a budget can cut a character."""


@dataclass(frozen=True)
class Reply:
    """What the fake answers to one request.

    Attributes:
        text: the whole output; cut by the request's budget.
        slot_probs: handed out when the request wants probabilities.
        finish: given when the budget did not cut the text.
        latency_s: waited before the first delta.
        step_s: waited before every delta.
        crash_after_tokens: the engine dies, and with it every request in flight, at this token.
        final: handed out as it is after all of `text`, whatever the budget.
    """

    text: str
    slot_probs: dict[str, dict[str, float]] = field(default_factory=dict)
    finish: Finish = "stop"
    latency_s: float = 0.0
    step_s: float = 0.0
    crash_after_tokens: int | None = None
    final: Final | None = None


Script: TypeAlias = Callable[[GenerateRequest], Reply]


def legal_reply(request: GenerateRequest) -> Reply:
    """Answer with the first legal text: first choice, first closed value, short strings, no lists.

    A regex cannot be inverted here; it gets "{}", so give such requests a script of their own.
    """
    return Reply(_legal_text(request.constraint), _even_probabilities(request.constraint))


def _legal_text(constraint: Constraint | None) -> str:
    if constraint is None:
        return "yes"
    if isinstance(constraint, Choice):
        return constraint.texts[0]
    if isinstance(constraint, Regex):
        return "{}"
    return "".join(map(_node_text, constraint))


def _node_text(node: Node) -> str:
    if isinstance(node, Literal):
        return node.text
    if isinstance(node, Repeat):
        return node.end_empty
    return node.values[0] if node.values else '"fake"'


def _even_probabilities(constraint: Constraint | None) -> dict[str, dict[str, float]]:
    if constraint is None or isinstance(constraint, Regex):
        return {}
    if isinstance(constraint, Choice):
        return {"choice": _even(constraint.texts)}
    slots = (node for node in constraint if isinstance(node, Slot))
    return {slot.name: _even(slot.values) for slot in slots if slot.values}


def _even(values: tuple[str, ...]) -> dict[str, float]:
    return dict.fromkeys(values, 1.0 / len(values))


def _early_finish(
    request: GenerateRequest, stop: asyncio.Event, sent: int, budget: int | None
) -> Finish | None:
    if stop.is_set():
        return "aborted"
    if request.deadline is not None and time.monotonic() >= request.deadline:
        return "deadline"
    return "length" if sent == budget else None


class FakeEngine:
    """The scripted engine. `requests` are the last `kept_requests` that it was asked, in order."""

    def __init__(
        self,
        script: Script = legal_reply,
        *,
        probabilities: bool = True,
        max_concurrency: int = 64,
        max_context_tokens: int = 8192,
        kept_requests: int = 1_000,
    ) -> None:
        self.requests: deque[GenerateRequest] = deque(maxlen=kept_requests)
        self._script = script
        self._health: Health = "starting"
        self._slots = asyncio.Semaphore(max_concurrency)
        self._stops: dict[str, asyncio.Event] = {}
        self._capabilities = Capabilities(
            probabilities=probabilities,
            constraints=frozenset({"skeleton", "regex", "choice"}),
            max_context_tokens=max_context_tokens,
            max_concurrency=max_concurrency,
            exact_prefill=True,
        )

    @property
    def capabilities(self) -> Capabilities:
        """What the script's author said it can do."""
        return self._capabilities

    async def start(self) -> None:
        """Become ready at once."""
        self._health = "ready"

    def health(self) -> Health:
        """Say how the engine is."""
        return self._health

    async def restart(self) -> None:
        """Fail what is in flight and be ready again."""
        self.kill()
        self._health = "ready"

    async def close(self) -> None:
        """Fail what is in flight."""
        self.kill()

    def kill(self) -> None:
        """Die as a crashed process does: every request in flight gets `EngineDead`."""
        self._health = "dead"
        for stop in self._stops.values():
            stop.set()
        self._stops.clear()

    async def abort(self, request_id: str) -> None:
        """Wake the request up; it ends with finish "aborted"."""
        if request_id in self._stops:
            self._stops[request_id].set()

    async def generate(self, request: GenerateRequest) -> AsyncGenerator[Event, None]:
        """Play the script for this request."""
        if self._health != "ready":
            raise EngineDead(f"the engine is {self._health}; wait until it is ready")
        if request.request_id in self._stops:
            raise ValueError(f"request id {request.request_id!r} is already in flight")
        self.requests.append(request)
        stop = asyncio.Event()
        self._stops[request.request_id] = stop
        try:
            async with self._slots:
                async for event in self._play(request, self._script(request), stop):
                    yield event
        finally:
            if self._stops.get(request.request_id) is stop:
                del self._stops[request.request_id]

    async def _play(
        self, request: GenerateRequest, reply: Reply, stop: asyncio.Event
    ) -> AsyncGenerator[Event, None]:
        started = time.monotonic()
        data = reply.text.encode()
        sent, text = 0, ""
        budget = None if reply.final else request.max_tokens
        finish: Finish = reply.finish
        await self._wait(reply.latency_s, request, stop)
        while sent * BYTES_PER_TOKEN < len(data):
            if sent == reply.crash_after_tokens:
                self.kill()
            await self._wait(reply.step_s, request, stop)
            early = _early_finish(request, stop, sent, budget)
            if early is not None:
                finish = early
                break
            sent += 1
            now = data[: sent * BYTES_PER_TOKEN].decode(errors="ignore")
            if now != text:
                yield TextDelta(now[len(text) :])
            text = now
        if reply.final is not None and finish == reply.finish:
            yield reply.final
            return
        yield Final(
            text=text,
            finish=finish,
            tokens=TokenCounts(len(request.prompt_ids), len(request.prefill_ids), sent, 0),
            slot_probs=self._probabilities(request, reply),
            timings={"queue_s": 0.0, "encode_s": 0.0, "decode_s": time.monotonic() - started},
            tail=data[len(text.encode()) : sent * BYTES_PER_TOKEN],
        )

    def _probabilities(
        self, request: GenerateRequest, reply: Reply
    ) -> dict[str, dict[str, float]] | None:
        if not request.want_probs or not self._capabilities.probabilities:
            return None
        return reply.slot_probs

    async def _wait(self, seconds: float, request: GenerateRequest, stop: asyncio.Event) -> None:
        """Sleep until `seconds` passed, the request is stopped, or its deadline comes."""
        if request.deadline is not None:
            seconds = min(seconds, max(0.0, request.deadline - time.monotonic()))
        if seconds > 0:
            with_timeout = asyncio.wait_for(stop.wait(), seconds)
            await asyncio.gather(with_timeout, return_exceptions=True)
        if self._health == "dead":
            raise EngineDead("the engine died while this request ran; try again")
