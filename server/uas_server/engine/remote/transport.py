"""httpx's transport to ASGI apps in this process, that streams and can break like a connection.

httpx has one of its own, which gives an answer only when all of it is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
from starlette.types import ASGIApp, Message


class AppTransport(httpx.AsyncBaseTransport):
    """Carries requests to apps by host name. An app that raises is a connection that breaks."""

    def __init__(self, apps: Mapping[str, ASGIApp]) -> None:
        self._apps = apps

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; returns when the app has begun its answer."""
        body = await request.aread()
        exchange = _Exchange(self._apps[request.url.host], _scope(request), body)
        try:
            start = await exchange.start()
        except BaseException:
            await exchange.aclose()
            raise
        return httpx.Response(start["status"], headers=start["headers"], stream=exchange)


class _Exchange(httpx.AsyncByteStream):
    """One request and its answer."""

    def __init__(self, app: ASGIApp, scope: dict[str, Any], body: bytes) -> None:
        self._sent: asyncio.Queue[Message | None] = asyncio.Queue()
        self._body: bytes | None = body
        self._gone = asyncio.Event()
        self._task = asyncio.ensure_future(app(scope, self._receive, self._send))
        self._task.add_done_callback(lambda _: self._sent.put_nowait(None))

    async def start(self) -> Message:
        message = await self._sent.get()
        if message is None:
            raise httpx.ConnectError("the app ended without an answer")
        return message

    async def __aiter__(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._sent.get()
            if message is None:
                raise httpx.ReadError("the app ended in the middle of its answer")
            if message.get("body"):
                yield message["body"]
            more = message.get("more_body", False)

    async def aclose(self) -> None:
        self._gone.set()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self._sent.put_nowait(message)
        await asyncio.sleep(0)


def _scope(request: httpx.Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 0),
    }
