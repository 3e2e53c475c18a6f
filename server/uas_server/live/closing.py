"""Which code a live connection is closed with."""

from collections.abc import Mapping

NORMAL = 1000
GOING_AWAY = 1001
POLICY = 1008
TOO_BIG = 1009
INTERNAL = 1011
TRY_AGAIN_LATER = 1013
UNKNOWN_SESSION = 4404
IDLE = 4408
TAKEN_OVER = 4409

_BY_ERROR: Mapping[str, int] = {
    "message_too_big": TOO_BIG,
    "internal_error": INTERNAL,
    "server_full": TRY_AGAIN_LATER,
    "engine_unavailable": TRY_AGAIN_LATER,
    "lagging_too_far": TRY_AGAIN_LATER,
    "session_not_found": UNKNOWN_SESSION,
    "idle_timeout": IDLE,
    "session_taken_over": TAKEN_OVER,
}


def close_code(error: str) -> int:
    """Close code of an error code; what the client did against the rules is 1008."""
    return _BY_ERROR.get(error, POLICY)
