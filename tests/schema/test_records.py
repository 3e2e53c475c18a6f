"""Records: JSONL there and back, every field marked with what is known of it."""

from pathlib import Path

import pytest
from document_strategies import documents
from hypothesis import given, settings

from uas_schema.document import UasDocument
from uas_schema.errors import DataError
from uas_schema.records import (
    KNOWN_FIELDS,
    EventTime,
    QaItem,
    Record,
    read_records,
    write_records,
)


def record(document: UasDocument) -> Record:
    return Record(
        id="clip-1",
        audio="clips/1.flac",
        sample_rate_hz=16000,
        duration_s=2.5,
        language="en",
        speaker=None,
        corpus="ours",
        licence="CC0-1.0",
        split="train",
        document=document,
        known={"description": "truth", "discreteEvents": "evidence"},
        onsets=(EventTime(label="bell", start_s=0.5, end_s=1.0, snr_db=None),),
        qa=(QaItem(question="A voice?", answer="no", kind="yes_no", field="transcription"),),
    )


def test_every_field_is_marked() -> None:
    known = record(UasDocument.no_voice()).known
    assert tuple(known) == KNOWN_FIELDS
    assert (known["description"], known["discreteEvents"], known["age"]) == (
        "truth",
        "evidence",
        "none",
    )


@settings(max_examples=40, deadline=None, derandomize=True)
@given(documents())
def test_a_record_is_one_line_and_reads_back(document: UasDocument) -> None:
    line = record(document).to_json()
    assert "\n" not in line
    assert Record.from_json(line) == record(document)


def test_files_are_read_lazily_and_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    records = [record(UasDocument.no_voice(str(number))) for number in range(3)]
    assert write_records(path, records) == 3
    assert list(read_records(path)) == records

    def failing() -> object:
        yield records[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_records(path, failing())  # type: ignore[arg-type] # a generator that breaks off
    assert list(read_records(path)) == records


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    line = record(UasDocument.no_voice()).to_json()
    path.write_text(line + "\n" + line.replace('"corpus"', '"corpsu"') + "\n", encoding="utf-8")
    with pytest.raises(DataError) as raised:
        list(read_records(path))
    assert "train.jsonl line 2: unknown key 'corpsu' at corpsu: did you mean" in str(raised.value)
