"""Croissant metadata: ``croissant.json``, which dataset search and loaders read (MLCommons 1.0)."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from uas_pipeline.outputs.counts import Counts
from uas_pipeline.run.config import RunConfig
from uas_signal import SAMPLE_RATE_HZ

CROISSANT = "croissant.json"
_PARQUET = "parquet-shards"
_COLUMNS = ("id", "language", "speaker", "corpus", "licence", "transcription", "document", "known",
            "provenance")  # fmt: skip


def write_croissant(folder: Path, config: RunConfig, counts: Counts) -> None:
    """Describe the files of a dataset's folder.

    Raises ``ModuleNotFoundError`` without mlcroissant, which the extra "pipeline" brings.
    """
    import mlcroissant as mlc

    parquet = "parquet" in config.outputs
    metadata = mlc.Metadata(
        name=config.name,
        description=config.description or config.name,
        conforms_to="http://mlcommons.org/croissant/1.0",
        license=list(counts.licences),
        in_language=list(counts.languages),
        distribution=[*_files(folder), *([_shards()] if parquet else [])],
        record_sets=[_record_set()] if parquet else [],
    )
    text = json.dumps(metadata.to_json(), indent=2, ensure_ascii=False)
    (folder / CROISSANT).write_text(text + "\n", "utf-8")


def _files(folder: Path) -> Iterator[Any]:
    import mlcroissant as mlc

    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        yield mlc.FileObject(
            id=path.name,
            name=path.name,
            content_url=path.name,
            content_size=f"{path.stat().st_size} B",
            encoding_formats=["application/jsonlines"],
            sha256=digest,
        )


def _shards() -> Any:
    import mlcroissant as mlc

    return mlc.FileSet(
        id=_PARQUET,
        name=_PARQUET,
        description="Records with their audio.",
        includes=["data/*.parquet"],
        encoding_formats=["application/x-parquet"],
    )


def _record_set() -> Any:
    import mlcroissant as mlc

    fields = [_field(column, mlc.DataType.TEXT, mlc.Extract(column=column)) for column in _COLUMNS]
    fields.append(_field("duration_s", mlc.DataType.FLOAT, mlc.Extract(column="duration_s")))
    audio = _field("audio", mlc.DataType.AUDIO_OBJECT, mlc.Extract(column="audio"))
    audio.source.transforms = [mlc.Transform(json_path="bytes")]
    audio.source.sampling_rate = SAMPLE_RATE_HZ
    return mlc.RecordSet(id="records", name="records", fields=[*fields, audio])


def _field(column: str, kind: Any, extract: Any) -> Any:
    import mlcroissant as mlc

    return mlc.Field(
        id=f"records/{column}",
        name=column,
        data_types=kind,
        source=mlc.Source(file_set=_PARQUET, extract=extract),
    )
