"""When a call is tried again: the server was full or over the key's quota, and said until when.

Both are told before any work is done, so nothing is ever done twice. Every other failure is for the
caller: the server may have begun.
"""

from dataclasses import dataclass

from uas_audio_client.errors import ApiError

_BUSY = frozenset({429, 503})


@dataclass(frozen=True)
class RetryPolicy:
    """How patient the client is.

    Attributes:
        tries: calls in all; 1 tries nothing again.
        longest_wait_s: when the server asks for a longer wait than this, the error is raised.
    """

    tries: int = 3
    longest_wait_s: float = 30.0

    def wait_s(self, error: ApiError, tried: int) -> float | None:
        """Seconds to wait after so many tries; None: raise the error."""
        if tried >= self.tries or error.status not in _BUSY or error.retry_after_s is None:
            return None
        return error.retry_after_s if error.retry_after_s <= self.longest_wait_s else None
