"""Where a caller's key is: the Authorization header, or a subprotocol offered for a WebSocket.

Browsers let a page set no header on a WebSocket; it offers `uas.bearer.<key in base64url>` beside
`uas.v1`, which is the one that the server takes. A key is never read from a query string: those
end up in logs.
"""

import base64
import binascii

from starlette.types import Scope

SUBPROTOCOL_PREFIX = "uas.bearer."
_SCHEME = b"bearer "


def bearer_of(scope: Scope) -> bytes | None:
    """The key of a request; None unless there is exactly one."""
    headers = [value for name, value in scope["headers"] if name == b"authorization"]
    offered = [
        name.removeprefix(SUBPROTOCOL_PREFIX)
        for name in scope.get("subprotocols", ())
        if name.startswith(SUBPROTOCOL_PREFIX)
    ]
    if len(headers) + len(offered) != 1:
        return None
    if offered:
        return _decoded(offered[0])
    (header,) = headers
    is_bearer = header.lower().startswith(_SCHEME)
    return header[len(_SCHEME) :].strip() if is_bearer else None


def _decoded(text: str) -> bytes | None:
    padded = text + "=" * (-len(text) % 4)
    try:
        return base64.b64decode(padded.encode(), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
