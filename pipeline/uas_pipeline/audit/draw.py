"""Which records are drawn: a sample that covers every stratum, with known inclusion probabilities.

Each dimension gets an equal share of the sample and parts it equally among its values, so that what
is rare in a corpus is heard too. One share more goes to all records alike; it bounds the weights.
Drawing is systematic (Madow 1949) in the order of the strata, so that strata that are crossed get
their share to the next whole number. ``1 / probability`` weighs a record back to its corpus
(Horvitz and Thompson 1952).
"""

import hashlib
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from uas_pipeline.audit.strata import DIMENSIONS, Strata


@dataclass(frozen=True)
class Candidate:
    """A record that can be drawn: where it is, its name, its strata."""

    index: int
    key: str
    strata: Strata


@dataclass(frozen=True)
class Drawn:
    """A record that was drawn, and how probable that was."""

    candidate: Candidate
    probability: float


def draw(candidates: Sequence[Candidate], count: int, seed: int) -> list[Drawn]:
    """Draw ``count`` candidates, or all if there are fewer, in an order that hides their strata.

    The same candidates, in whatever order, the same count and seed give the same sample.
    """
    ordered = sorted(candidates, key=lambda one: (one.strata, _ticket(one.key, seed)))
    probabilities = inclusion_probabilities([one.strata for one in ordered], count)
    chosen = _systematic(probabilities, random.Random(seed).random())
    drawn = [Drawn(ordered[place], probabilities[place]) for place in chosen]
    return sorted(drawn, key=lambda one: _ticket(one.candidate.key, seed))


def inclusion_probabilities(strata: Sequence[Strata], count: int) -> list[float]:
    """How probable each record is to be drawn; they add up to ``count``, or to all records."""
    if count >= len(strata):
        return [1.0] * len(strata)
    shares = _shares(strata)
    certain: set[int] = set()
    while True:
        rest = sum(share for place, share in enumerate(shares) if place not in certain)
        scale = (count - len(certain)) / rest
        over = {p for p, share in enumerate(shares) if p not in certain and share * scale >= 1}
        if not over:
            return [1.0 if p in certain else share * scale for p, share in enumerate(shares)]
        certain |= over


def _shares(strata: Sequence[Strata]) -> list[float]:
    """Share of each record in the sample; they add up to one."""
    members: dict[tuple[str, str], int] = defaultdict(int)
    values: dict[str, set[str]] = defaultdict(set)
    for own in strata:
        for dimension, value in own:
            members[dimension, value] += 1
            values[dimension].add(value)
    return [
        (1 / len(strata) + sum(1 / (len(values[d]) * members[d, v]) for d, v in own))
        / (len(DIMENSIONS) + 1)
        for own in strata
    ]


def _systematic(probabilities: Sequence[float], start: float) -> list[int]:
    """Places at which the running sum passes ``start``, ``start + 1``, ..."""
    chosen: list[int] = []
    total, count = 0.0, round(sum(probabilities))
    for place, probability in enumerate(probabilities):
        total += probability
        if len(chosen) < count and total > start + len(chosen):
            chosen.append(place)
    if len(chosen) < count:  # the last sum fell short by rounding
        chosen.append(len(probabilities) - 1)
    return chosen


def _ticket(key: str, seed: int) -> bytes:
    """A random place that depends on nothing but the record's name and the seed."""
    return hashlib.sha256(f"{seed}:{key}".encode()).digest()
