"""Who may call: a bearer key on every path but /health/*, also on paths that do not exist.

Knows nothing of routes. Keys are compared as SHA-256 digests in constant time, and every key is
compared, so neither length nor order shows in the time.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from uas_server.context import context_of
from uas_server.errors import ApiError

OPEN_PREFIX = "/health/"
_SCHEME = b"bearer "


class Authenticate:
    """Pure-ASGI middleware. Without any key it lets everyone in (loopback only: see settings)."""

    def __init__(self, app: ASGIApp, keys: Iterable[str]) -> None:
        self._app = app
        self._digests = [_digest(key.encode()) for key in keys]
        self._salt = secrets.token_bytes(16)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or raise `ApiError` invalid_api_key."""
        if scope["type"] == "http" and not scope["path"].startswith(OPEN_PREFIX):
            context = context_of(scope)
            context.key_digest = self._check(scope["headers"])
            if context.key_digest:
                salted = hmac.new(self._salt, context.key_digest.encode(), hashlib.sha256)
                context.cache_salt = salted.hexdigest()
        await self._app(scope, receive, send)

    def _check(self, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """The digest of the caller's key; "" where there are no keys."""
        if not self._digests:
            return ""
        given = [value for name, value in headers if name == b"authorization"]
        if len(given) != 1 or not given[0].lower().startswith(_SCHEME):
            raise _refused("Send one header `Authorization: Bearer <key>`.")
        digest = _digest(given[0][len(_SCHEME) :].strip())
        matches = [hmac.compare_digest(digest, known) for known in self._digests]
        if not any(matches):
            raise _refused("This API key is not known here. Check it, or ask for one.")
        return digest.hex()


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


def _refused(message: str) -> ApiError:
    return ApiError("invalid_api_key", message, headers={"WWW-Authenticate": "Bearer"})
