"""Lets WebSockets through to the paths that take them, from the pages that may open them.

A browser lets any page open a WebSocket to any server and read what comes, so a page elsewhere is
refused by its Origin header. Programs that are no browsers send none.
"""

from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from uas_server.errors import ApiError


class WebSockets:
    """Pure-ASGI middleware. `origins` are those that are accepted beside the server's own."""

    def __init__(self, app: ASGIApp, paths: Collection[str], origins: Iterable[str]) -> None:
        self._app = app
        self._paths = frozenset(paths)
        self._origins = frozenset(origin.lower().rstrip("/") for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or raise `ApiError` not_found, invalid_origin, upgrade_required."""
        is_listed = scope["type"] != "lifespan" and scope["path"] in self._paths
        if scope["type"] == "websocket":
            if not is_listed:
                raise ApiError("not_found", "No WebSocket is at this path. See asyncapi.yaml.")
            self._check_origin(scope["headers"])
        elif is_listed:
            message = "This path takes WebSockets only. See asyncapi.yaml."
            raise ApiError("upgrade_required", message, headers={"Upgrade": "websocket"})
        await self._app(scope, receive, send)

    def _check_origin(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        given = [value.decode("latin-1").lower() for name, value in headers if name == b"origin"]
        hosts = [value.decode("latin-1").lower() for name, value in headers if name == b"host"]
        if not given or (len(given) == 1 and self._is_known(given[0], hosts)):
            return
        raise ApiError(
            "invalid_origin",
            "This page may not open a live session here. Add its origin to the setting "
            "allowed_origins.",
        )

    def _is_known(self, origin: str, hosts: list[str]) -> bool:
        return origin in self._origins or [_netloc(origin)] == hosts


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
