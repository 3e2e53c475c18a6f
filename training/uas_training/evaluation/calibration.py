"""How well probabilities fit what comes true: reliability and expected calibration error.

Pure functions over (probability of the value that was said, right or not). They know nothing of
documents or models.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import TypedDict

from uas_schema.scoring import wilson_interval


class Bin(TypedDict):
    """Items of like probability: their mean probability, the share that is right, its interval."""

    n: int
    confidence: float
    right: float
    low: float
    high: float


class Calibration(TypedDict):
    """Expected calibration error, with the bins that it is made of."""

    n: int
    ece: float
    confidence: float
    right: float
    bins: list[Bin]


def calibrate(confidences: Sequence[float], hits: Sequence[bool], bins: int) -> Calibration | None:
    """Compare probabilities with what came true, in bins of equally many items; None without items.

    The error is the mean over all items of the distance between their bin's mean probability and
    its share of right ones (Naeini et al. 2015, with the equal-mass bins of Nixon et al. 2019).
    Equal probabilities stay in one bin, so the order of the items does not matter.

    Raises:
        ValueError: a probability outside [0, 1], unequal lengths, or no bin.
    """
    if bins < 1:
        raise ValueError(f"{bins} bins: give at least one")
    wrong = next((value for value in confidences if not 0 <= value <= 1), None)
    if wrong is not None:
        raise ValueError(f"{wrong} is no probability: give 0 to 1")
    pairs = sorted(zip(confidences, hits, strict=True), key=lambda pair: pair[0])
    if not pairs:
        return None
    found = [_bin(members) for members in _equal_mass(pairs, bins)]
    return Calibration(
        n=len(pairs),
        ece=sum(b["n"] * abs(b["confidence"] - b["right"]) for b in found) / len(pairs),
        confidence=fmean(confidence for confidence, _ in pairs),
        right=fmean(hit for _, hit in pairs),
        bins=found,
    )


def _equal_mass(pairs: Sequence[tuple[float, bool]], bins: int) -> list[list[tuple[float, bool]]]:
    """Pairs in rising order in at most ``bins`` parts; ties go where the first of them goes."""
    parts: dict[int, list[tuple[float, bool]]] = {}
    first = 0
    for rank, pair in enumerate(pairs):
        if pair[0] != pairs[first][0]:
            first = rank
        parts.setdefault(first * bins // len(pairs), []).append(pair)
    return list(parts.values())


def _bin(members: Sequence[tuple[float, bool]]) -> Bin:
    right = sum(hit for _, hit in members)
    interval = wilson_interval(right, len(members))
    return Bin(
        n=len(members),
        confidence=fmean(confidence for confidence, _ in members),
        right=right / len(members),
        low=interval.low,
        high=interval.high,
    )
