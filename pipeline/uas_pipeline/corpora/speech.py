"""Recordings of one speaker with what their corpus knows of them.

A recording is where a record's or a scene's speech comes from: real clips, prompts, or synthetic
voices. It says where its sound is and never holds it. Knows nothing of what is done with it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from uas_pipeline.errors import ConfigError
from uas_schema.records import Knowledge

UNKNOWN_EMOTION = "Neutral"  # the document wants a value; ``emotion_known`` says it means nothing


@dataclass(frozen=True)
class Voice:
    """Who speaks. What nobody has said is None; what is said is a value of the ontology."""

    speaker: str | None
    gender: str | None
    age: str | None
    accent: str | None

    def known(self, field: Literal["gender", "age"]) -> str:
        """Value of a field that a simulation cannot do without.

        Raises ``ConfigError`` when the corpus does not know it.
        """
        value = self.gender if field == "gender" else self.age
        if value is None:
            raise ConfigError(f"the {field} of speaker {self.speaker!r} is not known: take a "
                              "corpus that says it")  # fmt: skip
        return value


@dataclass(frozen=True)
class ByteRange:
    """Part of a file that is a file itself, such as a member of an uncompressed tar."""

    name: str
    offset: int
    size: int


@dataclass(frozen=True)
class ParquetCell:
    """Audio inside a Parquet file: bytes in the field ``bytes`` of a struct, or the cell itself."""

    column: str
    row_group: int
    row: int


@dataclass(frozen=True)
class Cut:
    """Part of the sound: seconds, and one channel of several (from 0); None means all."""

    start_s: float = 0.0
    end_s: float | None = None
    channel: int | None = None


@dataclass(frozen=True)
class Recording:
    """A clip of one speaker: ``id`` is unique within its corpus.

    The sound is ``path``, or what is ``within`` it, and of that ``cut``. ``split`` is the corpus's
    own, if it has one.
    """

    id: str
    corpus: str
    path: Path
    licence: str
    language: str
    text: str
    voice: Voice
    emotion: str = UNKNOWN_EMOTION
    emotion_known: Knowledge = "none"
    within: ByteRange | ParquetCell | None = None
    cut: Cut | None = None
    split: Literal["train", "development", "test"] | None = None
