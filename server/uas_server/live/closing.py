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

MEANINGS: Mapping[int, str] = {
    NORMAL: "All documents went out after `end`; or the client closed it.",
    GOING_AWAY: "The server stops; `going_away` came before.",
    POLICY: "What the client sent, or how long it went on, is against the rules.",
    TOO_BIG: "A message is over `live_message_bytes`. Over twice that there is no event before.",
    INTERNAL: "The server failed, or no pong came in 20 s.",
    TRY_AGAIN_LATER: "The server is full, or does not keep up.",
    UNKNOWN_SESSION: "The resume token opens nothing any more, or the events are not kept.",
    IDLE: "Nothing came for `live_idle_s`, or no first message for `header_s`.",
    TAKEN_OVER: "Another connection goes on with the session.",
}
"""Every code there is."""

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
