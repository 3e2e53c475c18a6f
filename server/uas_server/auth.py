"""Who may call: a bearer key on every path but /health/*, also on paths that do not exist.

Knows nothing of routes. Keys are compared as SHA-256 digests in constant time, and every key is
compared, so neither length nor order shows in the time.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from uas_server.bearer import bearer_of
from uas_server.context import context_of
from uas_server.errors import ApiError

OPEN_PREFIX = "/health/"


class Authenticate:
    """Pure-ASGI middleware. Without any key it lets everyone in (loopback only: see settings)."""

    def __init__(self, app: ASGIApp, keys: Iterable[str]) -> None:
        self._app = app
        self._digests = [_digest(key.encode()) for key in keys]
        self._salt = secrets.token_bytes(16)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or raise `ApiError` invalid_api_key."""
        if scope["type"] != "lifespan" and not scope["path"].startswith(OPEN_PREFIX):
            context_of(scope).cache_salt = self._check(scope)
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> str:
        """The cache salt of the caller's key."""
        if not self._digests:
            return ""
        key = bearer_of(scope)
        if key is None:
            raise _refused("Send one header `Authorization: Bearer <key>`.")
        digest = _digest(key)
        matches = [hmac.compare_digest(digest, known) for known in self._digests]
        if not any(matches):
            raise _refused("This API key is not known here. Check it, or ask for one.")
        return hmac.new(self._salt, digest, hashlib.sha256).hexdigest()


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


def _refused(message: str) -> ApiError:
    return ApiError("invalid_api_key", message, headers={"WWW-Authenticate": "Bearer"})
