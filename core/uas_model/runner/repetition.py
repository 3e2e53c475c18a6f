"""Notices when generated tokens go round in a loop."""

from collections.abc import Sequence

LONGEST_PERIOD = 16
LEAST_REPEATED = 24
"""Tokens that the repeats cover together: 24 times one token, 8 times three, 4 times six."""
LEAST_TIMES = 4


def goes_in_circles(ids: Sequence[int]) -> bool:
    """Whether `ids` end in a run of 1 to 16 tokens, said at least 4 times and over 24 tokens.

    Real speech repeats words ("no no no no"), so short loops need more rounds than long ones.
    """
    for period in range(1, LONGEST_PERIOD + 1):
        span = period * max(LEAST_TIMES, -(-LEAST_REPEATED // period))
        if len(ids) >= span and all(
            ids[-i] == ids[-i - period] for i in range(1, span - period + 1)
        ):
            return True
    return False
