"""Tells the app that a client left: Ray cancels the call, where web servers send a message.

So the app ends such a request as it always does, counts it as 499 and frees its place; a call that
is cancelled would look like a server that stops.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Departures:
    """Pure-ASGI layer around the whole app. WebSockets get their message from Ray."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app to its end, also when the caller is gone."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        left = asyncio.Event()
        answering = asyncio.ensure_future(self._app(scope, _until(left, receive), send))
        try:
            await asyncio.shield(answering)
        except asyncio.CancelledError:
            left.set()
            await answering
            raise


def _until(left: asyncio.Event, receive: Receive) -> Receive:
    """`receive` that says so, at once and ever after, when the client has left."""

    async def receive_or_leave() -> Message:
        message = asyncio.ensure_future(receive())
        leaving = asyncio.ensure_future(left.wait())
        try:
            await asyncio.wait({message, leaving}, return_when=asyncio.FIRST_COMPLETED)
            return {"type": "http.disconnect"} if left.is_set() else message.result()
        finally:
            message.cancel()
            leaving.cancel()

    return receive_or_leave
