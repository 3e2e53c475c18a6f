"""Notices when generated tokens go round in a loop."""

from collections.abc import Sequence

LONGEST_PERIOD = 64
"""Tokens of the longest loop: two sentences."""
LEAST_REPEATED = 24
"""Tokens that the rounds cover together: 24 of one token, 8 of three."""
LEAST_ROUNDS = 3


def goes_in_circles(ids: Sequence[int]) -> bool:
    """Whether `ids` end in a loop of 1 to 64 tokens, at least 3 rounds and 24 tokens of it.

    Real speech repeats words ("no no no no"), so short loops need more rounds than long ones.
    """
    return any(_ends_in_loop(ids, period) for period in range(1, LONGEST_PERIOD + 1))


def _ends_in_loop(ids: Sequence[int], period: int) -> bool:
    span = period * max(LEAST_ROUNDS, -(-LEAST_REPEATED // period))
    if len(ids) < span:
        return False
    return all(ids[-i] == ids[-i - period] for i in range(1, span - period + 1))
