"""What a key can be allowed to do, and which path asks for what.

A path that is not listed here, or below one that is, does not exist for any caller: a new route is
closed until it says whom it is for.
"""

from collections.abc import Mapping
from typing import Literal, get_args

Scope = Literal["describe", "ask", "transcribe", "chat", "jobs", "stream", "metrics"]

SCOPES: tuple[Scope, ...] = get_args(Scope)
INFERENCE: tuple[Scope, ...] = tuple(scope for scope in SCOPES if scope != "metrics")
"""What a key may do when its entry does not say."""

OPEN_PREFIX = "/health/"
"""Paths that answer without a key."""

PATHS: Mapping[str, Scope | None] = {
    "/v1/uas": "describe",
    "/v1/ask": "ask",
    "/v1/jobs": "jobs",
    "/v1/audio/transcriptions": "transcribe",
    "/v1/chat/completions": "chat",
    "/v1/stream": "stream",
    "/v1/schema": None,
    "/v1/models": None,
    "/v1/limits": None,
    "/openapi.json": None,
    "/metrics": "metrics",
}
"""Scope by path; None is open to every known key. A path stands for all that is below it too."""


def listed(path: str) -> str | None:
    """The entry of `PATHS` that a path belongs to, if any."""
    while path not in PATHS:
        path, slash, _ = path.rpartition("/")
        if not slash:
            return None
    return path
