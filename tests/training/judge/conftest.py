"""A run of made-up documents in a folder, as `uas eval run` leaves it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.training.conftest import voiced_record

from uas_schema.document import UasDocument
from uas_schema.records import Record, write_records
from uas_training.evaluation.items import Item

SILENCE = UasDocument.no_voice(description="Silence")
RECORDS = [
    *(voiced_record(number) for number in range(4)),
    voiced_record(4, document=SILENCE, speaker=None, qa=(), corpus="silence"),
]
TRUTHS = [record.document.canonical() for record in RECORDS]


def changed(number: int, **changes: str | None) -> str:
    """The true document of a voiced clip with other values of the voice."""
    document = RECORDS[number].document
    voice = document.paralinguistics.replace(**changes)
    return document.replace(paralinguistics=voice).canonical()


def a_run(
    folder: Path, texts: Sequence[str], records: Sequence[Record] = RECORDS
) -> tuple[Path, Path]:
    """Write manifest and run; return their paths."""
    manifest, run = folder / "dev.jsonl", folder / "run"
    write_records(manifest, records)
    run.mkdir(exist_ok=True)
    items = [Item(record.id, text) for record, text in zip(records, texts, strict=True)]
    lines = [json.dumps(asdict(item), ensure_ascii=False) + "\n" for item in items]
    (run / "items.jsonl").write_text("".join(lines), encoding="utf-8")
    (run / "report.json").write_text("{}", encoding="utf-8")
    return manifest, run
