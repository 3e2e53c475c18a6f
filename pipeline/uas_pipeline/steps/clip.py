"""A clip on its way: what the corpus knows of it, and what each step added. One line of JSON."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from uas_pipeline.caption.caption import Caption
from uas_pipeline.corpora.speech import Recording
from uas_schema.errors import DataError
from uas_schema.records import Record
from uas_schema.strict import Strict, explain


class Sound(Strict):
    """16 kHz mono FLAC in a chunk's file of sounds."""

    offset: int
    size: int
    sha256: str
    duration_s: float


class Clip(Strict):
    """A clip. ``stamp`` changes when its file does; fields of steps to come are None."""

    recording: Recording
    stamp: str = ""
    sound: Sound | None = None
    caption: Caption | None = None
    record: Record | None = None

    def to_json(self) -> str:
        """One line of JSON."""
        return self.model_dump_json(by_alias=True)

    @classmethod
    def from_json(cls, line: str, source: str) -> Self:
        """Read one line. Raises ``DataError`` that names ``source`` and the key."""
        try:
            return cls.model_validate_json(line)
        except ValidationError as error:
            raise DataError(f"{source}: {explain(error, cls)}") from error


def read_clips(path: Path) -> Iterator[Clip]:
    """Read a JSONL file lazily. Raises ``DataError`` that names the file, line and key."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            yield Clip.from_json(line, f"{path.name} line {number}")
