"""A token bucket: how often something may happen. Knows no clock; the moment is passed in."""

from dataclasses import dataclass


@dataclass
class TokenBucket:
    """Starts full.

    Attributes:
        capacity: most tokens, so the most that may happen at once; at least 1.
        per_s: tokens that come back each second.
        tokens: those there were at `at_s`.
        at_s: moment of the last change, in seconds on the caller's clock.
    """

    capacity: float
    per_s: float
    at_s: float
    tokens: float

    @classmethod
    def per_minute(cls, count: int, now_s: float) -> "TokenBucket":
        """A bucket for `count` a minute, all of which may come at once."""
        return cls(capacity=count, per_s=count / 60, at_s=now_s, tokens=count)

    def take(self, now_s: float) -> float:
        """Take a token: 0.0, or, when there is none, the seconds until there is one.

        A clock that goes back adds nothing.
        """
        elapsed_s = max(0.0, now_s - self.at_s)
        self.tokens = min(self.capacity, self.tokens + elapsed_s * self.per_s)
        self.at_s = max(self.at_s, now_s)
        if self.tokens < 1:
            return (1 - self.tokens) / self.per_s
        self.tokens -= 1
        return 0.0
