"""What every test may ask for: how many cases a robustness row runs."""

import os
from collections.abc import Callable

import pytest


@pytest.fixture
def proving() -> Callable[[int, int], int]:
    """``count(ci, full)``: the CI sample of a row, or all of it when UAS_PROVE=1 (make prove)."""
    prove = os.environ.get("UAS_PROVE") == "1"

    def count(ci: int, full: int) -> int:
        return full if prove else ci

    return count
