"""Scores of documents: error rates, event F1, macro recall, and their intervals.

Standard library only, so that every part of the project counts in the same way.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import floor, sqrt
from statistics import NormalDist, fmean
from typing import TypeVar

from uas_schema.normalise import normalise_text
from uas_schema.ontology import Ontology, load_ontology, plain_name

ItemT = TypeVar("ItemT")


@dataclass(frozen=True)
class ErrorCount:
    """Edits between a reference and a hypothesis, in words or characters. Counts add up."""

    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0
    reference_length: int = 0

    @property
    def errors(self) -> int:
        """All edits."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """Edits per reference unit; for an empty reference 0 without errors, else 1."""
        if self.reference_length == 0:
            return float(self.errors > 0)
        return self.errors / self.reference_length

    def __add__(self, other: "ErrorCount") -> "ErrorCount":
        return ErrorCount(
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
            self.reference_length + other.reference_length,
        )


@dataclass(frozen=True)
class EventScore:
    """Event labels found, claimed wrongly, and missed. Counts add up to a micro average."""

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0

    @property
    def precision(self) -> float:
        """Share of the claimed labels that are true; 1 when nothing was claimed."""
        return _share(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        """Share of the true labels that were claimed; 1 when there are none."""
        return _share(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 when there is nothing to find or claimed."""
        doubled = 2 * self.true_positives
        return _share(doubled, doubled + self.false_positives + self.false_negatives)

    def __add__(self, other: "EventScore") -> "EventScore":
        return EventScore(
            self.true_positives + other.true_positives,
            self.false_positives + other.false_positives,
            self.false_negatives + other.false_negatives,
        )


@dataclass(frozen=True)
class Interval:
    """Bounds of a confidence interval."""

    low: float
    high: float


def wer(reference: str, hypothesis: str, language: str = "en") -> ErrorCount:
    """Word errors after the language's normaliser. Add counts up over clips, then take ``rate``."""
    words = [normalise_text(text, language).split() for text in (reference, hypothesis)]
    return count_errors(*words)


def cer(reference: str, hypothesis: str, language: str = "en") -> ErrorCount:
    """Character errors after the language's normaliser, spaces left out."""
    plain = [normalise_text(text, language).replace(" ", "") for text in (reference, hypothesis)]
    return count_errors(*plain)


def count_errors(reference: Sequence[str], hypothesis: Sequence[str]) -> ErrorCount:
    """Fewest edits that turn ``reference`` into ``hypothesis`` (Levenshtein 1966).

    Among equally few edits, the one with most substitutions is counted.
    """
    # Each cell: (errors, substitutions, deletions, insertions); one row of the table at a time.
    row = [(count, 0, 0, count) for count in range(len(hypothesis) + 1)]
    for deleted, word in enumerate(reference, start=1):
        previous, row = row, [(deleted, 0, deleted, 0)]
        for column, other in enumerate(hypothesis):
            row.append(
                _cheapest(previous[column], previous[column + 1], row[column], word == other)
            )
    _, substitutions, deletions, insertions = row[-1]
    return ErrorCount(substitutions, deletions, insertions, len(reference))


def event_f1(
    predicted: Iterable[str], true: Iterable[str], ontology: Ontology | None = None
) -> EventScore:
    """Compare two sets of event labels; synonyms of one label are equal."""
    known = ontology or load_ontology()
    claimed = {known.event(label) or plain_name(label) for label in predicted}
    wanted = {known.event(label) or plain_name(label) for label in true}
    return EventScore(len(claimed & wanted), len(claimed - wanted), len(wanted - claimed))


def macro_recall(true: Sequence[Hashable], predicted: Sequence[Hashable]) -> float:
    """Mean over the classes in ``true`` of the share of each that was predicted right.

    Raises ``ValueError`` when there is nothing to score.
    """
    if not true:
        raise ValueError("macro recall of no items: give at least one")
    total = Counter(true)
    right = Counter(label for label, guess in zip(true, predicted, strict=True) if label == guess)
    return fmean(right[label] / count for label, count in total.items())


def wilson_interval(successes: float, trials: float, confidence: float = 0.95) -> Interval:
    """Score interval of a proportion (Wilson 1927); (0, 1) without trials.

    Numbers need not be whole: weighted counts come as shares of their effective number (Kish 1965).
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes in {trials} trials: give 0 <= successes <= trials")
    if trials == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, shrink = successes / trials, 1 + z * z / trials
    middle = (share + z * z / (2 * trials)) / shrink
    half = z / shrink * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    # Rounding may put an end just beyond the share, which lies at it where all or none succeed.
    return Interval(max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))


def cluster_bootstrap_interval(
    values: Sequence[ItemT],
    clusters: Sequence[Hashable],
    seed: int,
    *,
    statistic: Callable[[Sequence[ItemT]], float] = fmean,  # type: ignore[assignment] # numbers
    resamples: int = 2000,
    confidence: float = 0.95,
) -> Interval:
    """Percentile interval of a statistic when values of one cluster (a speaker) go together.

    Whole clusters are drawn with replacement (Davison and Hinkley 1997, 3.8). ``values`` may be
    anything that ``statistic`` takes, the mean by default. The same seed gives the same interval.
    """
    groups: dict[Hashable, list[ItemT]] = defaultdict(list)
    for value, cluster in zip(values, clusters, strict=True):
        groups[cluster].append(value)
    if not groups:
        raise ValueError("bootstrap of no values: give at least one")
    drawn, members = random.Random(seed), list(groups.values())
    scores = sorted(
        statistic([value for group in drawn.choices(members, k=len(members)) for value in group])
        for _ in range(resamples)
    )
    outside = (1 - confidence) / 2
    return Interval(_quantile(scores, outside), _quantile(scores, 1 - outside))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _cheapest(
    diagonal: tuple[int, int, int, int],
    above: tuple[int, int, int, int],
    left: tuple[int, int, int, int],
    same: bool,
) -> tuple[int, int, int, int]:
    """Cheapest way into one cell of the edit table."""
    if same:
        return diagonal
    cheapest = min(diagonal[0], above[0], left[0])
    if diagonal[0] == cheapest:
        return (cheapest + 1, diagonal[1] + 1, diagonal[2], diagonal[3])
    if above[0] == cheapest:
        return (cheapest + 1, above[1], above[2] + 1, above[3])
    return (cheapest + 1, left[1], left[2], left[3] + 1)


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Quantile by linear interpolation between neighbours."""
    place = share * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
