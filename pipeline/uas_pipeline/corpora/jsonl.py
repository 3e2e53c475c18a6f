"""JSONL manifests: one clip a line, the format to write when no other fits.

A line has ``id``, ``audio`` (a path relative to the manifest) and ``text`` ("" where nobody
speaks), and may have what else is known: see ``ManifestLine``.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from uas_pipeline.corpora.lines import read_lines
from uas_pipeline.corpora.protocol import BadEntry, CorpusConfig, Entry
from uas_pipeline.corpora.speech import UNKNOWN_EMOTION, Cut, Recording, Voice
from uas_schema.strict import Strict, explain


class ManifestLine(Strict):
    """One line. Gender, age, accent and emotion are the corpus's own words and taken as truth."""

    id: str = Field(min_length=1)
    audio: str = Field(min_length=1)
    text: str
    language: str | None = None
    speaker: str | None = None
    gender: str | None = None
    age: str | None = None
    accent: str | None = None
    emotion: str | None = None
    licence: str | None = None
    split: Literal["train", "development", "test"] = "train"
    start_s: float = Field(default=0.0, ge=0)
    end_s: float | None = Field(default=None, gt=0)
    channel: int | None = Field(default=None, ge=0)

    @property
    def cut(self) -> Cut | None:
        """Part of the file, or None for all of it."""
        cut = Cut(self.start_s, self.end_s, self.channel)
        return None if cut == Cut() else cut


class JsonlCorpus(CorpusConfig):
    """A manifest. ``language`` and ``licence`` are those of lines that name none."""

    format: Literal["jsonl"]
    manifest: Path

    def entries(self, folder: Path) -> Iterator[Entry | BadEntry]:
        """One entry a line."""
        manifest = folder / self.manifest
        for line in read_lines(manifest):
            if isinstance(line, BadEntry):
                yield line
                continue
            try:
                found = ManifestLine.model_validate_json(line.text)
            except ValidationError as error:
                message = explain(error, ManifestLine)
                yield BadEntry(line.place, line.place, "bad_entry", message)
                continue
            yield Entry(self._recording(found, manifest.parent), line.place)

    def _recording(self, line: ManifestLine, folder: Path) -> Recording:
        return Recording(
            id=line.id,
            corpus=self.name,
            path=folder / line.audio,
            licence=line.licence or self.licence,
            language=line.language or self.language,
            text=line.text,
            voice=Voice(line.speaker, line.gender, line.age, line.accent),
            emotion=line.emotion or UNKNOWN_EMOTION,
            emotion_known="truth" if line.emotion else "none",
            split=line.split,
            cut=line.cut,
        )
