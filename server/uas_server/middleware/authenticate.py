"""Who may call: a bearer key on every path but /health/*, also on paths that do not exist.

What is not listed in `keys.scopes` is closed to everyone. A key holds one of its own places from
here to the last byte of the answer.
"""

import hashlib
import hmac
import secrets

from starlette.types import ASGIApp, Receive, Scope, Send

from uas_server.bearer import bearer_of
from uas_server.context import context_of
from uas_server.errors import ApiError, not_found
from uas_server.keys.ring import KeyRing, KeyUse
from uas_server.keys.scopes import OPEN_PREFIX, PATHS, listed


class Authenticate:
    """Pure-ASGI middleware. An open ring lets everyone in (loopback only: see settings)."""

    def __init__(self, app: ASGIApp, keys: KeyRing) -> None:
        self._app = app
        self._keys = keys
        self._salt = secrets.token_bytes(16)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on.

        Raises `ApiError` invalid_api_key, not_found, insufficient_scope, rate_limited,
        concurrency_limited.
        """
        if scope["type"] == "lifespan" or scope["path"].startswith(OPEN_PREFIX):
            await self._app(scope, receive, send)
            return
        use = None if self._keys.is_open else self._caller(scope)
        entry = listed(scope["path"])
        if entry is None:
            raise not_found()
        if use is None:
            await self._app(scope, receive, send)
            return
        _check_scope(use, entry)
        context = context_of(scope)
        context.caller = use.key.name
        context.key_digest = use.digest.hex()
        context.cache_salt = hmac.new(self._salt, use.digest, hashlib.sha256).hexdigest()
        with use.request():
            await self._app(scope, receive, send)

    def _caller(self, scope: Scope) -> KeyUse:
        key = bearer_of(scope)
        if key is None:
            raise _refused("Send one header `Authorization: Bearer <key>`.")
        use = self._keys.find(key)
        if use is None:
            raise _refused("This API key is not known here. Check it, or ask for one.")
        return use


def _check_scope(use: KeyUse, entry: str) -> None:
    needed = PATHS[entry]
    if needed is not None and needed not in use.key.scopes:
        message = f"This API key may not do this: it lacks the scope {needed}."
        raise ApiError("insufficient_scope", message)


def _refused(message: str) -> ApiError:
    return ApiError("invalid_api_key", message, headers={"WWW-Authenticate": "Bearer"})
