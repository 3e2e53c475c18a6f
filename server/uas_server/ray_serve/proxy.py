"""What Ray's HTTP proxies answer themselves, in the one error shape.

A proxy refuses when too many requests wait, and it has nothing to send when a replica died over a
request. It runs the layers that `layers` gives, if `HOOK_VARIABLE` names it where Ray starts. Ray
gives a proxy a few seconds to start, so this imports little: no route, no engine.
"""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from uas_server.errors import (
    ApiError,
    deadline_exceeded,
    engine_unavailable,
    not_found,
    retry_after,
)
from uas_server.live.closing import TRY_AGAIN_LATER
from uas_server.middleware.observe import SECURITY_HEADERS, ResponseBroken, request_id_of
from uas_server.sse import error_frame

HOOK_VARIABLE = "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH"
HOOK = f"{__name__}.layers"
RETRY_S = 1.0
"""Time that a caller is asked to wait when a proxy's queue is full."""

_NAME = b"event: "  # how events begin that are not as OpenAI's clients read them
_OF_RAY = "/-/"
_ID = b"x-request-id"
_MARK = next(iter(SECURITY_HEADERS))


def layers() -> list[Middleware]:
    """The layers of a proxy; Ray calls it by the name in `HOOK_VARIABLE`."""
    return [Middleware(OneShape)]


class OneShape:
    """Pure-ASGI middleware around Ray's proxy. Ray's own pages, below `/-/`, stay as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under a safe id, and mend or finish what comes back.

        Raises `ResponseBroken` when a replica died over an answer that is no stream of events.
        """
        if scope["type"] == "lifespan" or scope["path"].startswith(_OF_RAY):
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, receive, send, _name(scope))
        await self._app(scope, receive, answer.send)
        await answer.finish()


class _Answer:
    """`send` of one request: knows how far the answer is, and whose it is."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._id = request_id
        self._is_open = False  # a WebSocket
        self._begins: bytes | None = None  # its first piece
        self._is_replaced = False
        self._headers: Headers | None = None
        self._is_done = False

    async def send(self, message: Message) -> None:
        """Send what a replica answers; replace what the proxy answers."""
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            await self._start(message)
        elif not self._is_replaced:
            self._is_open = self._is_open or message["type"] == "websocket.accept"
            self._is_done = message["type"] == "websocket.close" or _is_last(message)
            self._begins = self._begins or message.get("body")
            await self._send(message)

    async def finish(self) -> None:
        """End what a lost replica left unended."""
        if self._is_done:
            return
        if self._is_open:
            await self._send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
        elif self._headers is None:
            await self._refuse(engine_unavailable())
        elif self._headers.get("content-type", "").startswith("text/event-stream"):
            named = self._begins is None or self._begins.startswith(_NAME)
            last = error_frame(engine_unavailable(), self._id, named=named)
            await self._send({"type": "http.response.body", "body": last})
        else:
            raise ResponseBroken("the replica died after the first byte of its answer")

    async def _start(self, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        if _MARK not in headers:
            await self._refuse(_refusal(message["status"], headers))
            return
        message["headers"] = [
            *(pair for pair in message["headers"] if pair[0].lower() != _ID),
            (_ID, self._id.encode()),
        ]
        self._headers = Headers(raw=message["headers"])
        await self._send(message)

    async def _refuse(self, failure: ApiError) -> None:
        self._is_replaced = self._is_done = True
        response = failure.response(self._id)
        response.headers.update({**SECURITY_HEADERS, "X-Request-Id": self._id})
        await response(self._scope, self._receive, self._send)


def _is_last(message: Message) -> bool:
    bodies = ("http.response.body", "websocket.http.response.body")
    return message["type"] in bodies and not message.get("more_body", False)


def _name(scope: Scope) -> str:
    """Give the request a safe id, which the proxy and the replica will use too."""
    request_id = request_id_of(scope)
    others = [pair for pair in scope["headers"] if pair[0] != _ID]
    scope["headers"] = [*others, (_ID, request_id.encode())]
    return request_id


def _refusal(status: int, headers: Mapping[str, Any]) -> ApiError:
    """What the proxy means by a status of its own."""
    if status == 404:
        return not_found()
    if status == 408:
        return deadline_exceeded()
    if "retry-after" in headers:
        message = "All replicas are busy, and too many requests wait. Try again later."
        return ApiError("server_full", message, headers=retry_after(RETRY_S))
    return engine_unavailable()
