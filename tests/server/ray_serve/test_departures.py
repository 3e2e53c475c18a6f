"""A call that Ray cancels ends as a request whose client left."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from uas_server.ray_serve.departures import Departures

HTTP: Scope = {"type": "http"}


async def ignore(_message: Message) -> None:
    return None


async def body() -> Message:
    return {"type": "http.request", "body": b"x", "more_body": False}


async def test_a_cancelled_call_is_a_client_that_left():
    heard: list[str] = []
    reading = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reading.set()
        heard.append((await receive())["type"])
        heard.append((await receive())["type"])

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    call = asyncio.create_task(Departures(app)(HTTP, never, ignore))
    await reading.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert heard == ["http.disconnect", "http.disconnect"]


async def test_what_is_sent_comes_through():
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        await send({"type": "http.response.body", "body": message["body"]})

    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    await Departures(app)(HTTP, body, keep)
    assert [message["body"] for message in sent] == [b"x"]


async def test_what_the_app_raises_comes_out():
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise LookupError("of the app")

    with pytest.raises(LookupError, match="of the app"):
        await Departures(app)(HTTP, body, ignore)
