"""Parquet shards with the audio inside, as `datasets.load_dataset` opens them.

The schema's metadata says which column is audio, so the library decodes it by itself. The document
and the provenance are JSON text: their keys differ from record to record.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from uas_pipeline.outputs.shard import Finished, Shard
from uas_signal import SAMPLE_RATE_HZ

_ROWS_A_GROUP = 100  # a reader takes a group of clips at a time

_STRING, _FLOAT = {"dtype": "string", "_type": "Value"}, {"dtype": "float64", "_type": "Value"}
_QUESTION = {
    "question": _STRING,
    "answer": _STRING,
    "kind": _STRING,
    "field": _STRING,
    "choices": {"feature": _STRING, "_type": "List"},
}
FEATURES: Mapping[str, Mapping[str, object]] = {
    "id": _STRING,
    "audio": {"sampling_rate": SAMPLE_RATE_HZ, "_type": "Audio"},
    "duration_s": _FLOAT,
    "language": _STRING,
    "speaker": _STRING,
    "corpus": _STRING,
    "licence": _STRING,
    "transcription": _STRING,
    "document": _STRING,
    "known": _STRING,
    "evidence": _STRING,
    "onsets": _STRING,
    "qa": {"feature": _QUESTION, "_type": "List"},
    "provenance": _STRING,
}
"""Columns in the form in which `datasets` writes its features."""

_TYPES: Mapping[str, pa.DataType] = {
    "audio": pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
    "duration_s": pa.float64(),
    "qa": pa.list_(
        pa.struct(
            [
                ("question", pa.string()),
                ("answer", pa.string()),
                ("kind", pa.string()),
                ("field", pa.string()),
                ("choices", pa.list_(pa.string())),
            ]
        )
    ),
}
_METADATA = {"huggingface": json.dumps({"info": {"features": FEATURES}})}
SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in FEATURES], metadata=_METADATA)


def write_parquet(folder: Path, shard: Shard) -> None:
    """Write ``data/<split>-<index>.parquet``."""
    target = folder / "data"
    target.mkdir(exist_ok=True)
    with pq.ParquetWriter(target / f"{shard.name}.parquet", SCHEMA, compression="zstd") as file:
        for start in range(0, len(shard.items), _ROWS_A_GROUP):
            rows = [_row(item) for item in shard.items[start : start + _ROWS_A_GROUP]]
            file.write_table(pa.Table.from_pylist(rows, schema=SCHEMA))


def _row(item: Finished) -> dict[str, object]:
    record = item.record
    plain = record.model_dump(mode="json", by_alias=True)
    return {
        "id": record.id,
        "audio": {"bytes": item.flac(), "path": Path(record.audio).name},
        "duration_s": record.duration_s,
        "language": record.language,
        "speaker": record.speaker,
        "corpus": record.corpus,
        "licence": record.licence,
        "transcription": record.document.transcription,
        "document": record.document.canonical(),
        "known": json.dumps(plain["known"]),
        "evidence": json.dumps(plain["evidence"], ensure_ascii=False),
        "onsets": json.dumps(plain["onsets"], ensure_ascii=False),
        "qa": plain["qa"],
        "provenance": item.provenance.model_dump_json(),
    }
