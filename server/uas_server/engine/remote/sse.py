"""Reads a stream of chat completion chunks. Knows nothing of connections."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from typing import Any

MOST_LINE_BYTES = 1 << 20
_DONE = "[DONE]"


class Unreadable(Exception):
    """It is no such stream."""


@dataclass(frozen=True)
class Token:
    """One token of the answer, with the likeliest ones at its place and their log-probabilities.

    `name` is its text, or "token_id:7" where that was asked for.
    """

    name: str
    data: bytes
    top: tuple[tuple[str, bytes, float], ...] = ()


@dataclass(frozen=True)
class Chunk:
    """A part of an answer. `finish` is given once, with the last part."""

    text: str
    tokens: tuple[Token, ...] = ()
    finish: str | None = None


async def chunks_of(parts: AsyncIterable[bytes]) -> AsyncGenerator[Chunk, None]:
    """Chunks of a stream's bytes, until one ends the answer. Raises `Unreadable`."""
    async for line in _lines(parts):
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == _DONE:
            return
        yield _chunk(data)


async def _lines(parts: AsyncIterable[bytes]) -> AsyncGenerator[str, None]:
    pending = b""
    async for part in parts:
        *whole, pending = (pending + part).split(b"\n")
        if len(pending) > MOST_LINE_BYTES:
            raise Unreadable(f"a line of over {MOST_LINE_BYTES} bytes")
        for line in whole:
            yield line.decode(errors="replace").strip()


def _chunk(data: str) -> Chunk:
    try:
        choices = json.loads(data)["choices"]
        if not choices:
            return Chunk("")  # the usage
        choice = choices[0]
        text = choice["delta"].get("content") or ""
        finish = choice.get("finish_reason")
        listed = (choice.get("logprobs") or {}).get("content") or ()
        tokens = tuple(map(_token, listed))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise Unreadable("a part is no chunk of a chat completion") from error
    if not isinstance(text, str) or not (finish is None or isinstance(finish, str)):
        raise Unreadable("a part is no chunk of a chat completion")
    text = text.replace("\0", "").encode(errors="replace").decode()
    return Chunk(text, tokens, finish)


def _token(listed: Any) -> Token:
    top = ((*_named(one), float(one["logprob"])) for one in listed.get("top_logprobs") or ())
    return Token(*_named(listed), tuple(one for one in top if not math.isnan(one[2])))


def _named(listed: Any) -> tuple[str, bytes]:
    """A token's name and bytes; the bytes are exact where the back end gives them so."""
    name, data = str(listed["token"]), listed.get("bytes")
    return name, name.encode(errors="replace") if data is None else bytes(data)
