"""The figures of one half of the gold, as they are written to JSON."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from planted_errors.gold import Half
from planted_errors.judging import GoldScore, Score
from planted_errors.planting import Level, Proof
from planted_errors.sweep import Point, Threshold
from uas_schema.scoring import wilson_interval
from uas_schema.strict import Strict

_MISSED_SHOWN = 5


class Share(Strict):
    """A count of a whole, with Wilson's 95 % interval of the share."""

    count: int
    of: int
    low: float
    high: float

    @classmethod
    def make(cls, count: int, of: int) -> Self:
        """The share with its interval."""
        interval = wilson_interval(count, of)
        return cls(count=count, of=of, low=round(interval.low, 4), high=round(interval.high, 4))

    @property
    def value(self) -> float:
        """The share itself; 0 of nothing."""
        return self.count / self.of if self.of else 0.0


class KindFigures(Strict):
    """One kind of error at the thresholds that ship."""

    kind: str
    level: Level
    proof: Proof
    caught: Share
    caught_anywhere: Share
    caught_in_real: Share
    checks: dict[str, int]
    missed: tuple[str, ...]

    @classmethod
    def of(cls, score: Score) -> Self:
        """Figures of a score; a few ids of gold whose errors were missed."""
        return cls(
            kind=score.kind.name,
            level=score.kind.level,
            proof=score.kind.proof,
            caught=Share.make(score.caught, score.planted),
            caught_anywhere=Share.make(score.caught_anywhere, score.planted),
            caught_in_real=Share.make(score.real_caught, score.real_planted),
            checks=dict(score.checks.most_common()),
            missed=tuple(score.missed[:_MISSED_SHOWN]),
        )


class GoldFigures(Strict):
    """Gold that is rejected at the thresholds that ship, and by which checks."""

    rejected: Share
    checks: dict[str, int]

    @classmethod
    def of(cls, score: GoldScore) -> Self:
        """Figures of a score."""
        rejected = Share.make(score.rejected, score.records)
        return cls(rejected=rejected, checks=dict(score.checks.most_common()))


class Curve(Strict):
    """A kind of error as thresholds move.

    ``chosen`` is the point that catches most while rejecting at most 1 % of the open half's gold.
    """

    kind: str
    planted: int
    gold: int
    area: float
    chosen: Point
    thresholds: dict[str, Threshold]
    points: tuple[Point, ...]


class HalfReport(Strict):
    """Everything that was measured on one half."""

    half: Half
    seed: int
    count: int
    gold: dict[str, GoldFigures]
    kinds: tuple[KindFigures, ...]
    curves: tuple[Curve, ...]

    def write(self, folder: Path) -> None:
        """Write ``<half>.json``."""
        folder.mkdir(parents=True, exist_ok=True)
        text = self.model_dump_json(indent=1)
        (folder / f"{self.half}.json").write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path, half: Half) -> Self | None:
        """The report of a half, or None if there is none yet."""
        path = folder / f"{half}.json"
        return cls.model_validate_json(path.read_text("utf-8")) if path.exists() else None


def pooled(kinds: Sequence[KindFigures]) -> Share:
    """Caught by the level meant, over several kinds."""
    return Share.make(
        sum(kind.caught.count for kind in kinds), sum(kind.caught.of for kind in kinds)
    )


def all_gold(gold: dict[str, GoldFigures]) -> Share:
    """Rejected gold, real and simulated together."""
    shares = [figures.rejected for figures in gold.values()]
    return Share.make(sum(share.count for share in shares), sum(share.of for share in shares))
