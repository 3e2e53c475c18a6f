"""A training or evaluation record: one clip, its document, and what is known of it.

One JSON object per line. Knows nothing of audio samples; ``audio`` is a path.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, ValidationError

from uas_schema.document import UasDocument
from uas_schema.errors import DataError
from uas_schema.strict import Strict, explain

Knowledge = Literal["truth", "evidence", "none"]
KnownField = Literal[
    "transcription", "age", "gender", "emotion", "accent", "prosody", "timbre",
    "description", "discreteEvents", "continuousEvents",
]  # fmt: skip
KNOWN_FIELDS: tuple[KnownField, ...] = get_args(KnownField)


def _every_field(known: dict[KnownField, Knowledge]) -> dict[KnownField, Knowledge]:
    return {field: known.get(field, "none") for field in KNOWN_FIELDS}


# How sure the value of each field is; fields left out are "none".
Known = Annotated[dict[KnownField, Knowledge], AfterValidator(_every_field)]


class EventTime(Strict):
    """When an event sounds, in seconds, and how loud beside the speech (None without speech)."""

    label: str
    start_s: float = Field(ge=0)
    end_s: float = Field(ge=0)
    snr_db: float | None = None


class QaItem(Strict):
    """A question on one field of the document and its answer."""

    question: str
    answer: str
    kind: Literal["direct", "choice", "yes_no"]
    field: KnownField
    choices: tuple[str, ...] | None = None


class Record(Strict):
    """One clip with its document.

    A closed field of a voice is null only where it is known "none": nothing supports any value.
    ``evidence`` holds what the document was made from: measures with units in their names, and
    texts such as "corpus_text".
    """

    id: str
    audio: str
    sample_rate_hz: int = Field(gt=0)
    duration_s: float = Field(ge=0)
    language: str
    speaker: str | None
    corpus: str
    licence: str
    split: Literal["train", "development", "test"]
    document: UasDocument
    known: Known
    onsets: tuple[EventTime, ...] = ()
    qa: tuple[QaItem, ...] = ()
    evidence: dict[str, float | str] = Field(default_factory=dict)

    def to_json(self) -> str:
        """One line of JSON."""
        return self.model_dump_json(by_alias=True)

    @classmethod
    def from_json(cls, line: str, source: str = "record") -> Self:
        """Read one line of JSON. Raises ``DataError`` that names ``source`` and the key."""
        try:
            return cls.model_validate_json(line)
        except ValidationError as error:
            raise DataError(f"{source}: {explain(error, cls)}") from error


def read_records(path: Path) -> Iterator[Record]:
    """Read a JSONL file lazily. Raises ``DataError`` that names the file, line and key."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield Record.from_json(line, f"{path.name} line {number}")


def write_records(path: Path, records: Iterable[Record]) -> int:
    """Write a JSONL file whole or not at all; return the number of records."""
    unfinished = path.with_name(path.name + ".unfinished")
    count = 0
    with unfinished.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(record.to_json() + "\n")
            count += 1
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return count
