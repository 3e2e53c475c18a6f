"""A back end without a model: an ASGI app that speaks OpenAI's chat API, well or badly.

It ships with the package so that the remote engine, and a server around it, can be tested and
measured alone. Its "model" scores bytes by a hash of all that came before; under a pattern it keeps
to it, as vLLM and SGLang do, and names the likeliest bytes after the mask, as they do too.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from starlette.types import Receive, Scope, Send

from uas_model.runner.constraints import ANY_TEXT
from uas_server.engine.errors import InvalidConstraint
from uas_server.engine.remote.automaton import ByteAutomaton, byte_automaton

_END = 256
_QUOTE = ord('"')
_FAVOUR = 3.0  # for quotes, so that strings end; against the end, so that free texts go on
_CHUNK_CHARACTERS = 5  # of scripted texts


@dataclass(frozen=True)
class Conduct:
    """How one request is answered.

    Attributes:
        status: another than 200 is all of the answer.
        latency_s: waited before the answer begins.
        step_s: waited before every part of it.
        dies: breaks the connection before the answer, or after `dies_after` parts of it.
        junk: a body that is no stream, sent instead of an answer.
        text: said instead of what the model would say, whatever pattern was asked for.
        finish: given with the end of that text.
        logprobs: whether tokens are named when the request asks for them.
    """

    status: int = 200
    latency_s: float = 0.0
    step_s: float = 0.0
    dies: Literal["never", "before", "after"] = "never"
    dies_after: int = 1
    junk: bytes | None = None
    text: str | None = None
    finish: str = "stop"
    logprobs: bool = True


Script = Callable[[Mapping[str, Any]], Conduct]


class _Died(Exception):
    """Stands for a broken connection; servers and transports close it."""


class FakeBackend:
    """The app.

    Attributes:
        bodies: every chat request so far, in order.
        keys: the Authorization header of every request, None where there was none.
        running: requests that it works on.
        given_up: requests whose client left before their end.
    """

    def __init__(
        self, script: Script = lambda _: Conduct(), *, seed: int = 0, patterns: bool = True
    ) -> None:
        """`patterns` says whether it keeps to them, as no plain OpenAI server does."""
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.running = 0
        self.given_up = 0
        self._script = script
        self._seed = seed
        self._patterns = patterns
        self._dead = asyncio.Event()

    def kill(self) -> None:
        """Break all connections, and every new one."""
        self._dead.set()

    def revive(self) -> None:
        """Take requests again; those whose connection broke stay broken."""
        if self._dead.is_set():
            self._dead = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.keys.append(headers.get("authorization"))
        dead = self._dead
        if dead.is_set():
            raise _Died
        if scope["path"].endswith("/models"):
            await _whole(send, 200, b'{"object": "list", "data": []}')
            return
        body = json.loads(await _body(receive))
        self.bodies.append(body)
        self.running += 1
        try:
            await self._answer(body, self._script(body), dead, send)
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        finally:
            self.running -= 1

    async def _answer(
        self, body: Mapping[str, Any], conduct: Conduct, dead: asyncio.Event, send: Send
    ) -> None:
        await _pause(conduct.latency_s, dead)
        if conduct.dies == "before":
            raise _Died
        if conduct.status != 200 or conduct.junk is not None:
            await _whole(send, conduct.status, conduct.junk or b'{"error": "scripted"}')
            return
        try:
            parts = self._parts(body, conduct)
        except InvalidConstraint:
            await _whole(send, 400, b'{"error": "pattern"}')
            return
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number, part in enumerate(parts):
            await _pause(conduct.step_s, dead)
            if conduct.dies == "after" and number == conduct.dies_after:
                raise _Died
            await _event(send, json.dumps({"choices": [{"index": 0, **part}]}))
        if conduct.dies == "after":
            raise _Died
        await _event(send, "[DONE]")
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _parts(self, body: Mapping[str, Any], conduct: Conduct) -> Iterator[dict[str, Any]]:
        if conduct.text is not None:
            return _scripted(conduct.text, conduct.finish)
        pattern = _pattern(body) if self._patterns else None
        named = bool(body.get("logprobs")) and conduct.logprobs
        return _Speech(body, self._seed, byte_automaton(pattern or ANY_TEXT)).parts(named=named)


class _Speech:
    """One answer of the model, byte by byte."""

    def __init__(self, body: Mapping[str, Any], seed: int, automaton: ByteAutomaton) -> None:
        self._automaton = automaton
        self._most = body.get("max_tokens") or body["max_completion_tokens"]
        self._temperature = body["temperature"]
        self._state = automaton.start
        self._before = zlib.crc32(repr((seed, body["messages"])).encode())
        self._random = random.Random(repr((body.get("seed"), self._before)))

    def parts(self, *, named: bool) -> Iterator[dict[str, Any]]:
        """Parts of the stream: one a token, without text inside a character."""
        pending = b""
        for _ in range(self._most):
            scores = self._scores()
            token = self._pick(scores)
            listed = {"content": [_named(token, scores)]} if named else None
            if token == _END:
                yield {"delta": {"content": ""}, "logprobs": listed, "finish_reason": "stop"}
                return
            pending += bytes([token])
            text = pending.decode(errors="ignore")
            pending = pending[len(text.encode()) :]
            yield {"delta": {"content": text}, "logprobs": listed, "finish_reason": None}
        yield {"delta": {}, "finish_reason": "length"}

    def _scores(self) -> dict[int, float]:
        """Log-probabilities of the legal bytes, and of the end where it is legal."""
        chance = random.Random(self._before)
        legal = [b for b in range(256) if self._automaton.after(self._state, b) is not None]
        scores = {byte: chance.gauss(0, 2) + _FAVOUR * (byte == _QUOTE) for byte in legal}
        if self._automaton.is_complete(self._state):
            scores[_END] = chance.gauss(0, 2) - _FAVOUR
        whole = math.log(sum(map(math.exp, scores.values())))
        return {token: score - whole for token, score in scores.items()}

    def _pick(self, scores: Mapping[int, float]) -> int:
        if self._temperature == 0:
            token = max(scores, key=scores.__getitem__)
        else:
            weights = [math.exp(score / self._temperature) for score in scores.values()]
            token = self._random.choices(list(scores), weights)[0]
        if token != _END:
            after = self._automaton.after(self._state, token)
            self._state = self._state if after is None else after
            self._before = zlib.crc32(bytes([token]), self._before)
        return token


async def _pause(seconds: float, dead: asyncio.Event) -> None:
    if seconds > 0:
        death = asyncio.wait_for(dead.wait(), seconds)
        await asyncio.gather(death, return_exceptions=True)
    if dead.is_set():
        raise _Died


def _pattern(body: Mapping[str, Any]) -> str | None:
    """The pattern as vLLM or SGLang take it."""
    asked: str | None = body.get("structured_outputs", {}).get("regex") or body.get("regex")
    return asked


def _named(token: int, scores: Mapping[int, float]) -> dict[str, Any]:
    best = sorted(scores.items(), key=lambda scored: -scored[1])
    top = [_one(byte, logprob) for byte, logprob in best[:20]]
    return {**_one(token, scores[token]), "top_logprobs": top}


def _one(token: int, logprob: float) -> dict[str, Any]:
    data = b"" if token == _END else bytes([token])
    return {"token": data.decode(errors="replace"), "bytes": list(data), "logprob": logprob}


def _scripted(text: str, finish: str) -> Iterator[dict[str, Any]]:
    for first in range(0, len(text), _CHUNK_CHARACTERS):
        said = text[first : first + _CHUNK_CHARACTERS]
        yield {"delta": {"content": said}, "finish_reason": None}
    yield {"delta": {}, "finish_reason": finish}


async def _body(receive: Receive) -> bytes:
    data, more = b"", True
    while more:
        message = await receive()
        data += message.get("body", b"")
        more = message.get("more_body", False)
    return data


async def _event(send: Send, data: str) -> None:
    body = f"data: {data}\n\n".encode()
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _whole(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
