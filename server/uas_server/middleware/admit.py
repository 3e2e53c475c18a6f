"""Gives a request its place, or tells it at once that there is none; no body byte is read."""

from collections.abc import Callable, Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from uas_server.admission import Admission
from uas_server.context import context_of
from uas_server.engine.protocol import Health
from uas_server.errors import engine_unavailable


class Admit:
    """Pure-ASGI middleware for POST requests to `paths`, those that need the engine."""

    def __init__(
        self,
        app: ASGIApp,
        admission: Admission,
        health: Callable[[], Health],
        paths: Collection[str],
    ) -> None:
        self._app = app
        self._admission = admission
        self._health = health
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold a ticket to the last byte. Raises `ApiError` server_full, engine_unavailable."""
        is_admitted = scope["type"] == "http" and scope["method"] == "POST"
        if not is_admitted or scope["path"] not in self._paths:
            await self._app(scope, receive, send)
            return
        if self._health() != "ready":
            raise engine_unavailable()
        ticket = self._admission.admit()
        context_of(scope).ticket = ticket
        try:
            await self._app(scope, receive, send)
        finally:
            ticket.release()
