"""A check that a record fails, and the line that a rejected clip leaves in its file.

The executor writes one ``Rejection`` a line; nothing that was found about a clip is lost.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field, ValidationError

from uas_pipeline.errors import Rejected
from uas_schema.errors import DataError
from uas_schema.records import Record
from uas_schema.strict import Strict, explain

Level = Literal["ontology", "transcription", "logic", "duration"]
LEVELS: tuple[Level, ...] = get_args(Level)
Step = Literal["read", "caption", "synthesize", "validate"]


class Violation(Strict):
    """A failed check: its level and name, where (JSON path), in words, and what shows it."""

    level: Level
    check: str
    path: str
    message: str
    evidence: dict[str, float | str] = Field(default_factory=dict)


class Rejection(Strict):
    """A clip that was left out: the step that did it, why, and all that was found.

    ``reason`` is a name to count by: that of the ``Rejected`` error, or of the first violation's
    check. ``record`` is there when a record had been made.
    """

    id: str
    corpus: str
    language: str
    step: Step
    reason: str
    message: str
    evidence: dict[str, float | str] = Field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    record: Record | None = None

    @classmethod
    def of_error(
        cls, clip: str, corpus: str, language: str, step: Step, error: Rejected
    ) -> "Rejection":
        """The line of a clip, by its id, that a step refused."""
        return cls(id=clip, corpus=corpus, language=language, step=step, reason=error.reason,
                   message=error.message, evidence=error.evidence)  # fmt: skip

    @classmethod
    def of_violations(cls, record: Record, violations: tuple[Violation, ...]) -> "Rejection":
        """The line of a record that failed checks, at least one."""
        first = violations[0]
        return cls(id=record.id, corpus=record.corpus, language=record.language, step="validate",
                   reason=first.check, message=first.message, violations=violations,
                   record=record)  # fmt: skip

    @classmethod
    def of_line(cls, where: str, violations: tuple[Violation, ...]) -> "Rejection":
        """The line of what is no record, by its place; nobody knows its corpus or language."""
        first = violations[0]
        return cls(id=where, corpus="unknown", language="und", step="validate",
                   reason=first.check, message=first.message, violations=violations)  # fmt: skip

    def to_json(self) -> str:
        """One line of JSON."""
        return self.model_dump_json(by_alias=True)


def read_rejections(path: Path) -> Iterator[Rejection]:
    """Read a JSONL file lazily. Raises ``DataError`` that names the file, line and key."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield Rejection.model_validate_json(line)
            except ValidationError as error:
                where = f"{path.name} line {number}"
                raise DataError(f"{where}: {explain(error, Rejection)}") from error
