"""Shares of right answers: over all items, and by each value of each label, with intervals."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import TypedDict

from uas_schema.scoring import wilson_interval

Labels = Mapping[str, Sequence[str]]


class Count(TypedDict):
    """Items that count, how many are right, their share, and its 95 % interval (Wilson 1927)."""

    n: int
    right: int
    value: float
    low: float
    high: float


class Split(TypedDict):
    """The groups of one label, and the mean of their shares: every group weighs the same."""

    macro: float
    groups: dict[str, Count]


class Tally(TypedDict):
    """What one rule makes of one run.

    ``micro`` counts every item once; ``left`` are the items that left the denominator.
    """

    micro: Count
    left: int
    by: dict[str, Split]


def tally(verdicts: Iterable[tuple[Labels, bool | None]]) -> Tally:
    """Count verdicts (right, wrong, or None: left out) of items with these labels."""
    counted: list[bool] = []
    grouped: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    left = 0
    for labels, right in verdicts:
        if right is None:
            left += 1
            continue
        counted.append(right)
        for label, values in labels.items():
            for value in values:
                grouped[label][value].append(right)
    by = {label: _split(groups) for label, groups in grouped.items()}
    return Tally(micro=_count(counted), left=left, by=by)


def _split(groups: Mapping[str, Sequence[bool]]) -> Split:
    counts = {value: _count(groups[value]) for value in sorted(groups)}
    return Split(macro=fmean(count["value"] for count in counts.values()), groups=counts)


def _count(verdicts: Sequence[bool]) -> Count:
    n, right = len(verdicts), sum(verdicts)
    interval = wilson_interval(right, n)
    return Count(
        n=n, right=right, value=right / n if n else 0.0, low=interval.low, high=interval.high
    )
