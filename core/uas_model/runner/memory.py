"""Gives memory that is free back to the system.

Tensors of every length come and go, and glibc keeps the holes that they leave: the process grows
for hundreds of documents. Elsewhere this does nothing.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Have malloc return its free pages; takes some milliseconds, and they are paid for again."""
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # no glibc
        return None
    return found
