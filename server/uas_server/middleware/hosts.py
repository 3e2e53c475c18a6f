"""Refuses a Host header that names somebody else: it keeps web pages off a local server.

A page can point its own name at 127.0.0.1 (DNS rebinding); the browser then sends that name.
"""

import ipaddress
import re
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from uas_server.errors import ApiError

_SHAPE = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]{1,253})(?::\d{1,5})?")
_LOCAL_NAMES = frozenset({"localhost"})


class Hosts:
    """Pure-ASGI middleware.

    `allowed` names are accepted and no others. With none given, a loopback server takes
    "localhost" and IP addresses, any other server every well-formed name.
    """

    def __init__(self, app: ASGIApp, allowed: Iterable[str], *, loopback: bool) -> None:
        self._app = app
        self._allowed = frozenset(name.lower() for name in allowed)
        self._loopback = loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or raise `ApiError` invalid_host."""
        if scope["type"] != "lifespan":
            self._check([value for name, value in scope["headers"] if name == b"host"])
        await self._app(scope, receive, send)

    def _check(self, given: list[bytes]) -> None:
        shape = _SHAPE.fullmatch(given[0].decode("latin-1")) if len(given) == 1 else None
        if shape is None:
            raise ApiError("invalid_host", "Send one Host header: a name or an address.")
        if not self._accepts(shape["name"].lower()):
            raise ApiError(
                "invalid_host",
                "This server does not go by that name. Use its address, or add the name to the "
                "setting allowed_hosts.",
            )

    def _accepts(self, name: str) -> bool:
        if self._allowed:
            return name in self._allowed
        return not self._loopback or name in _LOCAL_NAMES or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
