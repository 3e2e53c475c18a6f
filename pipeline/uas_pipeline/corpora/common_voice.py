"""The layout of Common Voice: ``train.tsv``, ``dev.tsv``, ``test.tsv`` beside ``clips/``.

What the speakers say of their age, gender and accent is taken as truth.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from uas_pipeline.corpora.lines import read_table
from uas_pipeline.corpora.protocol import BadEntry, CorpusConfig, Entry
from uas_pipeline.corpora.speech import Recording, Voice
from uas_pipeline.corpora.split_names import split_named
from uas_pipeline.package_data import read_package_yaml
from uas_schema.strict import Strict

_COLUMNS = ("client_id", "path", "sentence")


class Words(Strict):
    """``data/common_voice.yaml`` as it is written: the ontology's value by the corpus's word."""

    age: Mapping[str, str]
    gender: Mapping[str, str]


@cache
def load_words() -> Words:
    """The words of the columns (read once)."""
    return read_package_yaml(Words, "uas_pipeline.corpora", "data/common_voice.yaml")


class CommonVoiceCorpus(CorpusConfig):
    """The folder of one language, and which tables to read."""

    format: Literal["common_voice"]
    root: Path
    tables: tuple[str, ...] = ("train", "dev", "test")
    licence: str = "CC0-1.0"

    def entries(self, folder: Path) -> Iterator[Entry | BadEntry]:
        """One entry a row. Raises ``CorpusError`` when a table or one of its columns is missing."""
        root = folder / self.root
        for table in self.tables:
            for row in read_table(root / f"{table}.tsv", _COLUMNS):
                yield row if isinstance(row, BadEntry) else self._entry(row[0], row[1], root, table)

    def _entry(self, row: Mapping[str, str], place: str, root: Path, table: str) -> Entry:
        words = load_words()
        recording = Recording(
            id=f"{self.name}-{Path(row['path']).stem}",
            corpus=self.name,
            path=root / "clips" / row["path"],
            licence=self.licence,
            language=row.get("locale") or self.language,
            text=row["sentence"],
            voice=Voice(
                speaker=f"{self.name}-{row['client_id']}",
                gender=words.gender.get(row.get("gender", "")),
                age=words.age.get(row.get("age", "")),
                accent=row.get("accents") or row.get("accent") or None,
            ),
            split=split_named(table),
        )
        return Entry(recording, place)
