"""The outermost layer: gives a request its id, and turns how it ended into one answer, one log
line and its metrics.

Every exception below ends here. What is logged of an unexpected one is its type and where it was
raised, never its text: that may quote what a caller sent.
"""

import asyncio
import logging
import re
import uuid
from collections.abc import Collection

from opentelemetry.trace import Span, Tracer
from starlette.datastructures import MutableHeaders
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from uas_server.context import ClientGone, RequestContext, context_of
from uas_server.errors import api_error_of, server_stopping
from uas_server.logs import event, unexpected
from uas_server.metrics import REJECTIONS, Metrics
from uas_server.tracing import NO_TRACER, failed, parent_of, request_span

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
"""On every answer: it is data for a program, of no use to a browser and not to be kept."""

_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CLIENT_CLOSED = 499
"""Status in logs and metrics for an answer nobody waited for; never sent."""

_SWITCHED = 101
_STARTS = ("http.response.start", "websocket.http.response.start")

_logger = logging.getLogger("uas_server.requests")


class ResponseBroken(Exception):
    """A failure after the first byte: the connection is closed, which is all that is left to do."""


class Observe:
    """Pure-ASGI middleware. `routes` are the path templates that may become metric labels."""

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        routes: Collection[str],
        request_s: float,
        tracer: Tracer = NO_TRACER,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._routes = [(template, compile_path(template)[0]) for template in routes]
        self._request_s = request_s
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request to its end, whatever that is.

        It is cancelled only when the server stops and the time to drain is over.
        """
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        context = self._context(scope)
        context.attach(scope)
        name = f"{_method(scope)} {context.route}"
        with request_span(self._tracer, name, parent_of(scope["headers"])) as span:
            await self._answer(scope, receive, send, span)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, span: Span) -> None:
        context = context_of(scope)
        answer = _Answer(send, context)
        try:
            await self._app(scope, receive, answer.send)
        except ClientGone:
            answer.status = _CLIENT_CLOSED
        except asyncio.CancelledError:
            if answer.status is None:
                await self._fail(server_stopping(), scope, receive, answer)
            raise
        except Exception as error:
            await self._fail(error, scope, receive, answer)
        finally:
            status = answer.status or _CLIENT_CLOSED
            self._record(_method(scope), context, status)
            _describe(span, _method(scope), context, status)

    def _context(self, scope: Scope) -> RequestContext:
        path = scope["path"]
        fitting = (template for template, pattern in self._routes if pattern.match(path))
        route = next(fitting, "unmatched")
        context = RequestContext(request_id_of(scope), route, deadline=0.0)
        context.deadline = context.started + self._request_s
        return context

    async def _fail(
        self, error: Exception, scope: Scope, receive: Receive, answer: "_Answer"
    ) -> None:
        failure = api_error_of(error)
        answer.context.code = failure.code
        if failure.status == 500:
            unexpected(_logger, error, answer.context.request_id)
        if answer.status is not None:
            raise ResponseBroken("failed after the first byte of the answer") from None
        await failure.response(answer.context.request_id)(scope, receive, answer.send)

    def _record(self, method: str, context: RequestContext, status: int) -> None:
        self._metrics.answered(context.route, status, context.elapsed_s())
        if context.code in REJECTIONS:
            self._metrics.rejections.labels(context.code).inc()
        event(
            _logger,
            logging.INFO,
            "request",
            request_id=context.request_id,
            method=method,
            route=context.route,
            status=status,
            code=context.code,
            caller=context.caller,
            bytes_in=context.bytes_in,
            audio_s=context.audio_s,
            duration_s=round(context.elapsed_s(), 4),
        )


_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


def _method(scope: Scope) -> str:
    """The method in logs and spans; a caller may invent one."""
    method: str = scope.get("method", "GET")
    return method if method in _METHODS else "other"


def _describe(span: Span, method: str, context: RequestContext, status: int) -> None:
    """Write what the log says of a request onto its span, but not who called."""
    span.set_attributes(
        {
            "http.request.method": method,
            "http.route": context.route,
            "http.response.status_code": status,
            "uas.request_id": context.request_id,
            "uas.bytes_in": context.bytes_in,
        }
    )
    if context.audio_s is not None:
        span.set_attribute("uas.audio_s", context.audio_s)
    if status >= 500:
        failed(span, context.code or str(status))
    elif context.code is not None:
        span.set_attribute("error.type", context.code)


class _Answer:
    """`send` of one request; notes the status and adds the headers that every answer has."""

    def __init__(self, send: Send, context: RequestContext) -> None:
        self._send = send
        self.context = context
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "websocket.accept":
            self.status = _SWITCHED
        if message["type"] in _STARTS:
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self.context.request_id
            headers.update(SECURITY_HEADERS)
        await self._send(message)


def request_id_of(scope: Scope) -> str:
    """The caller's X-Request-Id when it is short and plain, else a new one."""
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    text = given.decode("latin-1")
    return text if _SAFE_ID.fullmatch(text) else f"req_{uuid.uuid4().hex}"
