"""Takes a request's body in: counts its bytes, keeps its deadlines, notices a client that leaves.

Once the body is complete, a watcher owns the connection's messages; when the client closes it, the
work for the request is cancelled, whatever it is waiting for.
"""

import asyncio
import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from uas_server.context import ClientGone, RequestContext, context_of
from uas_server.errors import ApiError, deadline_exceeded

FRAMING_BYTES = 1 << 16
"""What a multipart body may hold beside its file."""

BASE64_GROUP = (3, 4)
"""So many bytes of a clip become so many of a body that carries it in base64."""

GRACE_S = 2.0
"""After the deadline an engine gets this long to hand over what it has."""


@dataclass(frozen=True)
class BodyLimits:
    """The largest upload, the time it may take to arrive, and whether its clip is in base64."""

    upload_bytes: int
    body_s: float
    in_base64: bool = False

    @property
    def most_bytes(self) -> int:
        """Bytes of the largest body."""
        bare, encoded = BASE64_GROUP if self.in_base64 else (1, 1)
        return -(-self.upload_bytes // bare) * encoded + FRAMING_BYTES


class ReceiveBody:
    """Pure-ASGI middleware.

    `special` are the paths whose uploads have limits of their own; where one may take longer to
    arrive, its request has as much more time.
    """

    def __init__(
        self, app: ASGIApp, *, usual: BodyLimits, special: Mapping[str, BodyLimits]
    ) -> None:
        self._app = app
        self._usual = usual
        self._special = dict(special)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request.

        Raises:
            ApiError: body_too_large, body_timeout, deadline_exceeded.
            ClientGone: the client left before the answer was complete.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        context = context_of(scope)
        limits = self._special.get(scope["path"], self._usual)
        if scope["method"] == "POST":
            context.deadline += max(0.0, limits.body_s - self._usual.body_s)
        connection = _Connection(receive, send, context, limits.most_bytes, limits.body_s)
        connection.check_length(scope["headers"])
        await _run(self._app(scope, connection.receive, connection.send), connection, context)


async def _run(
    answering: Awaitable[None], connection: "_Connection", context: RequestContext
) -> None:
    """Await the answer, the client's leaving or the deadline, whichever comes first."""
    answer = asyncio.ensure_future(answering)
    watcher = asyncio.create_task(connection.closed())
    try:
        left_s = context.deadline + GRACE_S - time.monotonic()
        await asyncio.wait({answer, watcher}, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
        answered, left = answer.done(), watcher.done()
    finally:
        answer.cancel()
        watcher.cancel()
        await asyncio.gather(answer, watcher, return_exceptions=True)
    if answered:
        answer.result()
    elif left:
        raise ClientGone
    else:
        raise deadline_exceeded()


class _Connection:
    """`receive` and `send` of one request, with a limit, a deadline and a watcher."""

    def __init__(
        self,
        receive: Receive,
        send: Send,
        context: RequestContext,
        most_bytes: int,
        body_s: float,
    ) -> None:
        self._receive = receive
        self._send = send
        self._context = context
        self._most_bytes = most_bytes
        self._body_deadline = asyncio.get_running_loop().time() + body_s
        self._body_complete = asyncio.Event()
        self._answered = False

    def check_length(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Refuse a body by its declared length."""
        for name, value in headers:
            if name == b"content-length" and (not value.isdigit() or len(value) > 18):
                raise ApiError("invalid_request", "Content-Length is not a number of bytes.")
            if name == b"content-length" and int(value) > self._most_bytes:
                self._refuse_length()

    def _refuse_length(self) -> NoReturn:
        limit = self._most_bytes - FRAMING_BYTES
        raise ApiError("body_too_large", f"The upload is over {limit} bytes. Compress or cut it.")

    async def receive(self) -> Message:
        """Next piece of the body; once it is complete, never returns again."""
        if self._body_complete.is_set():
            await asyncio.Event().wait()
        try:
            async with asyncio.timeout_at(self._body_deadline):
                message = await self._receive()
        except TimeoutError:
            raise ApiError(
                "body_timeout", "The body took too long to arrive. Send it faster, or less of it."
            ) from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        self._context.bytes_in += len(message.get("body", b""))
        if self._context.bytes_in > self._most_bytes:
            self._refuse_length()
        if not message.get("more_body", False):
            self._body_complete.set()
        return message

    async def send(self, message: Message) -> None:
        """Pass a message on and note the last one."""
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._answered = True
        await self._send(message)

    async def closed(self) -> None:
        """Return when the client leaves before its answer is complete."""
        await self._body_complete.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if self._answered:
            await asyncio.Event().wait()
