"""How many errors of a kind are caught, and how much gold is rejected, as thresholds move.

The validation says yes or no, so its thresholds are what is moved (``data/sweeps.yaml``).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal

from planted_errors.gold import JsonObject
from uas_pipeline.validate.checks import CHECKS, validate
from uas_pipeline.validate.config import ValidationConfig, validation_config
from uas_schema.records import Record
from uas_schema.strict import Strict, read_yaml

_FILE = Path(__file__).parent / "data" / "sweeps.yaml"
Threshold = int | float | tuple[float, float]


class Sweep(Strict):
    """Thresholds by dotted name, at the strictest and at the mildest end."""

    kinds: tuple[str, ...]
    checks: tuple[str, ...]
    gold: Literal["voice", "all"]
    strict: Mapping[str, Threshold]
    mild: Mapping[str, Threshold]


class SweepFile(Strict):
    """``data/sweeps.yaml``."""

    steps: int
    sweeps: tuple[Sweep, ...]


class Point(Strict):
    """One setting: its step, and the shares of planted errors and of gold that are rejected."""

    step: int
    caught: float
    gold_rejected: float


def load_sweeps() -> SweepFile:
    """Read the file."""
    return read_yaml(SweepFile, _FILE.read_text(encoding="utf-8"), _FILE.name)


def curve(
    sweep: Sweep, steps: int, planted: Sequence[Record], gold: Sequence[Record]
) -> list[Point]:
    """Points from the strictest setting to the mildest."""
    return [
        Point(
            step=step,
            caught=_rejected(planted, config),
            gold_rejected=_rejected(gold, config),
        )
        for step, config in enumerate(_configs(sweep, steps))
    ]


def best_at(points: Sequence[Point], most_gold_rejected: float) -> Point:
    """The point that catches most while rejecting at most this share of gold; else the mildest."""
    allowed = [point for point in points if point.gold_rejected <= most_gold_rejected]
    return max(allowed, key=lambda point: (point.caught, -point.gold_rejected), default=points[-1])


def area(points: Sequence[Point]) -> float:
    """Area under the curve, by trapezia, with the corners where all and nothing is rejected."""
    corners = sorted({(0.0, 0.0), *((p.gold_rejected, p.caught) for p in points), (1.0, 1.0)})
    return sum(
        (right - left) * (low + high) / 2 for (left, low), (right, high) in pairwise(corners)
    )


def thresholds_at(sweep: Sweep, steps: int, step: int) -> dict[str, Threshold]:
    """The swept thresholds at a step, by dotted name."""
    share = step / (steps - 1)
    return {name: _between(value, sweep.mild[name], share) for name, value in sweep.strict.items()}


def _configs(sweep: Sweep, steps: int) -> Iterator[ValidationConfig]:
    skip = [name for checks in CHECKS.values() for name in checks if name not in sweep.checks]
    for step in range(steps):
        changes: JsonObject = {"skip": skip}
        for name, value in thresholds_at(sweep, steps, step).items():
            *parents, key = name.split(".")
            place = changes
            for parent in parents:
                place = place.setdefault(parent, {})
            place[key] = value
        yield validation_config(changes)


def _between(strict: Threshold, mild: Threshold, share: float) -> Threshold:
    if isinstance(strict, tuple) and isinstance(mild, tuple):
        low, high = (a + (b - a) * share for a, b in zip(strict, mild, strict=True))
        return low, high
    if isinstance(strict, tuple) or isinstance(mild, tuple):
        raise TypeError(f"{strict} and {mild} are not both ranges: mend {_FILE.name}")
    value = strict + (mild - strict) * share
    return round(value) if isinstance(strict, int) else value


def _rejected(records: Sequence[Record], config: ValidationConfig) -> float:
    return sum(bool(validate(record, None, config)) for record in records) / len(records)
