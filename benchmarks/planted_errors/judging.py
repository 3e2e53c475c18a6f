"""What the validation says of planted errors and of the gold that they were planted in."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from planted_errors.gold import JsonObject, is_real
from planted_errors.planting import Kind, Level, Planted, to_line
from uas_pipeline.validate import violation
from uas_pipeline.validate.checks import validate_line
from uas_pipeline.validate.config import ValidationConfig

LEVELS: Mapping[Level, violation.Level] = {
    "ontology": "ontology",
    "transcription integrity": "transcription",
    "logical consistency": "logic",
    "duration-content alignment": "duration",
}
Found = frozenset[tuple[violation.Level, str, str]]


@dataclass
class Score:
    """Planted errors of one kind: how many, how many the level meant caught, and any level.

    Caught by what the gold itself does not fail. ``checks`` counts the checks that caught.
    """

    kind: Kind
    planted: int = 0
    caught: int = 0
    caught_anywhere: int = 0
    real_planted: int = 0
    real_caught: int = 0
    checks: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)


@dataclass
class GoldScore:
    """Gold, how much of it is rejected, and by which checks."""

    records: int = 0
    rejected: int = 0
    checks: Counter[str] = field(default_factory=Counter)


def found_in(line: str, config: ValidationConfig) -> Found:
    """Level, check and path of every violation."""
    _, violations = validate_line(line, config)
    return frozenset((one.level, one.check, one.path) for one in violations)


def judge_gold(
    gold: Sequence[JsonObject], config: ValidationConfig
) -> tuple[dict[str, Found], dict[str, GoldScore]]:
    """What each gold record fails, by id; and scores of real and of simulated gold."""
    found: dict[str, Found] = {}
    scores = {"real": GoldScore(), "simulated": GoldScore()}
    for record in gold:
        found[record["id"]] = violations = found_in(to_line(record), config)
        score = scores["real" if is_real(record) else "simulated"]
        score.records += 1
        score.rejected += bool(violations)
        score.checks.update({check for _, check, _ in violations})
    return found, scores


def judge(
    kind: Kind, planted: Iterable[Planted], gold: Mapping[str, Found], config: ValidationConfig
) -> Score:
    """Score of one kind; ``gold`` is what the gold itself fails."""
    score = Score(kind)
    for item in planted:
        new = found_in(item.line, config) - gold[item.gold_id]
        caught = any(level == LEVELS[kind.level] for level, _, _ in new)
        score.planted += 1
        score.caught += caught
        score.caught_anywhere += bool(new)
        score.real_planted += item.real
        score.real_caught += item.real and caught
        score.checks.update({check for _, check, _ in new})
        if not caught:
            score.missed.append(item.gold_id)
    return score
