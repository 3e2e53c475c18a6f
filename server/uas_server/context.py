"""What the server knows of one request while it runs; travels in the ASGI scope.

Holds no content: no question, no transcript, no file name, no key.
"""

import time
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from uas_server.admission import Ticket

_KEY = "uas_server.context"


class ClientGone(Exception):
    """The client closed the connection; there is nobody to answer."""


@dataclass
class RequestContext:
    """One request.

    Attributes:
        request_id: sent back as X-Request-Id and in every error and log line.
        route: path template, or "unmatched"; safe as a metric label.
        started: moment of its arrival, on the clock of `time.monotonic`.
        deadline: latest moment for its answer, on the same clock.
        ticket: its place among the admitted requests; None on routes without admission.
        bytes_in: body bytes received so far.
        audio_s: length of the decoded audio.
        code: error code, when it failed.
        caller: name of the key that was sent; never the key.
        key_digest: SHA-256 of the caller's key, "" where there are no keys; never logged.
        cache_salt: the same for requests with the same key, and only for them; names no key.
    """

    request_id: str
    route: str
    deadline: float
    started: float = field(default_factory=time.monotonic)
    ticket: Ticket | None = None
    bytes_in: int = 0
    audio_s: float | None = None
    code: str | None = None
    caller: str | None = None
    key_digest: str = ""
    cache_salt: str = ""

    def elapsed_s(self) -> float:
        """Seconds since arrival."""
        return time.monotonic() - self.started

    def attach(self, scope: MutableMapping[str, Any]) -> None:
        """Put this context into an ASGI scope."""
        scope[_KEY] = self


def context_of(scope: MutableMapping[str, Any]) -> RequestContext:
    """The context of the request that this ASGI scope belongs to."""
    context: RequestContext = scope[_KEY]
    return context
