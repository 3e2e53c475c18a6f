"""What tests of live sessions do with a connection: talk, listen, come back."""

import asyncio
import json
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

START = {"type": "start"}


def stream_url(base_url: str) -> str:
    return base_url.replace("http", "ws", 1) + "/v1/stream"


def opened(base_url: str, **options: Any) -> connect:
    """A connection to be entered; nothing is sent yet."""
    return connect(stream_url(base_url), compression=None, open_timeout=60, **options)


def pcm(samples: np.ndarray) -> bytes:
    """Mono ``[T] float32`` as a message has it."""
    return np.round(samples * 32_767).astype("<i2").tobytes()


async def say(socket: ClientConnection, message: dict[str, Any]) -> None:
    await socket.send(json.dumps(message))


async def hear(socket: ClientConnection, name: str) -> dict[str, Any]:
    """The next event of this name; others are passed over."""
    while True:
        event = json.loads(await socket.recv())
        if event["event"] == name:
            return event


async def begin(socket: ClientConnection, **options: Any) -> dict[str, Any]:
    """Start a session; the data of `ready`."""
    await say(socket, {**START, **options})
    return (await hear(socket, "ready"))["data"]


async def hear_all(socket: ClientConnection) -> tuple[list[dict[str, Any]], int]:
    """Every event to the end, and the close code."""
    events = []
    try:
        while True:
            events.append(json.loads(await socket.recv()))
    except ConnectionClosed:
        assert socket.close_code is not None
        return events, socket.close_code


async def stopped(server: ExitStack, socket: ClientConnection) -> list[dict[str, Any]]:
    """Stop a server under a session: every event to the last, which says that it goes away."""
    leaving = asyncio.create_task(asyncio.to_thread(server.close))
    events, code = await hear_all(socket)
    await leaving
    assert (events[-1]["event"], code) == ("going_away", 1001)
    return events


async def streamed(
    base_url: str, messages: Iterable[bytes], **options: Any
) -> tuple[list[dict[str, Any]], int]:
    """Stream a whole session: its events and close code."""
    async with opened(base_url) as socket:
        await begin(socket, **options)
        for message in messages:
            await socket.send(message)
        await say(socket, {"type": "end"})
        return await hear_all(socket)


def documents(events: Iterable[dict[str, Any]]) -> list[tuple[dict[str, Any], Any]]:
    """Segment and document of each answer, in order."""
    return [(e["segment"], e["data"]["uas"]) for e in events if e["event"] == "final"]
