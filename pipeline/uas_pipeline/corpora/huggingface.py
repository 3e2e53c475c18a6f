"""Parquet files with audio inside, as Hugging Face datasets are kept and `to_parquet` writes them.

Rows are read without their audio; that is fetched row group by row group when it is listened to.
Class labels become their names.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from uas_pipeline.corpora.columns import Columns
from uas_pipeline.corpora.protocol import BadEntry, CorpusConfig, Entry
from uas_pipeline.corpora.speech import ParquetCell, Recording
from uas_pipeline.corpora.split_names import split_named
from uas_pipeline.errors import CorpusError

_METADATA = b"huggingface"


class HuggingFaceCorpus(CorpusConfig):
    """Parquet files by a pattern such as ``data/*.parquet``; the file's name begins with the split.

    A row without an id is called after its file and number.
    """

    format: Literal["huggingface"]
    files: str
    audio: str = "audio"
    columns: Columns = Columns()

    def entries(self, folder: Path) -> Iterator[Entry | BadEntry]:
        """One entry a row.

        Raises ``CorpusError`` when no file is like the pattern, or one has no such columns.
        """
        paths = sorted(folder.glob(self.files))
        if not paths:
            raise CorpusError(f"no file is like {self.files!r} in {folder}: check the pattern")
        for path in paths:
            yield from self._file(path)

    def _file(self, path: Path) -> Iterator[Entry | BadEntry]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            file = pq.ParquetFile(path)
        except pa.ArrowInvalid as error:
            yield BadEntry(path.name, path.name, "unreadable_archive", f"not Parquet: {error}")
            return
        with file:
            schema = file.schema_arrow
            self._check(path, schema.names)
            names, number = _class_names(schema.metadata or {}), 0
            wanted = [name for name in self.columns.model_dump().values() if name in schema.names]
            for group in range(file.num_row_groups):
                rows = file.read_row_group(group, columns=wanted).to_pylist()
                for index, row in enumerate(rows):
                    number += 1
                    cell = ParquetCell(self.audio, group, index)
                    yield self._entry(path, _named(row, names), cell, number)

    def _check(self, path: Path, names: list[str]) -> None:
        for column in (self.audio, self.columns.text):
            if column not in names:
                raise CorpusError(f"{path.name}: no column {column!r}; there are: "
                                  f"{', '.join(names)}")  # fmt: skip

    def _entry(
        self, path: Path, row: Mapping[str, object], cell: ParquetCell, number: int
    ) -> Entry | BadEntry:
        place = f"{path.name} row {number}"
        identity = self.columns.value(row, "id") or f"{path.stem}-{number}"
        if row[self.columns.text] is None:
            return BadEntry(identity, place, "no_text", "the text is null")
        recording = Recording(
            id=identity,
            corpus=self.name,
            path=path,
            licence=self.licence,
            language=self.columns.value(row, "language") or self.language,
            text=self.columns.value(row, "text") or "",
            voice=self.columns.voice(row),
            emotion=self.columns.emotion_of(row),
            emotion_known="truth" if self.columns.value(row, "emotion") else "none",
            split=split_named(path.stem),
            within=cell,
        )
        return Entry(recording, place)


def _class_names(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    """Names of the class labels by column, from the metadata that `datasets` writes."""
    if _METADATA not in metadata:
        return {}
    features: dict[str, Any] = json.loads(metadata[_METADATA])["info"]["features"]
    return {
        column: feature["names"]
        for column, feature in features.items()
        if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
    }


def _named(row: dict[str, object], names: Mapping[str, list[str]]) -> dict[str, object]:
    """A row whose class numbers are names; -1 stands for none."""
    for column, labels in names.items():
        number = row.get(column)
        if isinstance(number, int):
            row[column] = labels[number] if 0 <= number < len(labels) else None
    return row
