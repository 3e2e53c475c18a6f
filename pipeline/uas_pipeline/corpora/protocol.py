"""What a corpus format is: a configuration that can list its clips.

A format reads its own files and no sound. What is wrong with one entry is yielded, not raised, so
that a run can go on without it; what is wrong with all of it is a ``CorpusError``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import Field

from uas_pipeline.corpora.speech import Recording
from uas_schema.strict import Strict


@dataclass(frozen=True)
class BadEntry:
    """An entry that no recording can be made of.

    ``id`` is its own or, without one, its ``place``: a file and line. ``reason`` is a name to
    count by.
    """

    id: str
    place: str
    reason: str
    message: str


@dataclass(frozen=True)
class Entry:
    """A recording and its place: the file and line that it comes from."""

    recording: Recording
    place: str


class Corpus(Protocol):
    """A corpus as a configuration names it."""

    name: str
    language: str
    take: int | None

    def entries(self, folder: Path) -> Iterator[Entry | BadEntry]:
        """The corpus's entries in a fixed order; paths are relative to ``folder``.

        Raises ``CorpusError`` when the corpus is missing or has another layout.
        """
        ...


class CorpusConfig(Strict):
    """What every format takes: a name, what applies to all clips, and how many to take."""

    name: str
    licence: str
    language: str = "und"
    take: int | None = Field(default=None, gt=0)
