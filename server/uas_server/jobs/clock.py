"""The time of day that jobs are dated with; passed in, so that tests turn it themselves."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Milliseconds since the epoch."""


def now_ms() -> int:
    """What this machine's clock says."""
    return time.time_ns() // 1_000_000


def ms(seconds: float) -> int:
    """Seconds as whole milliseconds."""
    return round(seconds * 1_000)
