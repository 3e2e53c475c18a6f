"""What a run writes opens in the libraries that read it, and says the same everywhere."""

import gc
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
import yaml
from toy_runs import finish

from uas_pipeline.outputs.shard import file_name
from uas_schema.document import UasDocument
from uas_schema.records import Record, read_records


@pytest.fixture
def dataset(config_file: Callable[..., Path], tmp_path: Path) -> Path:
    finish(config_file(), tmp_path / "out")
    return tmp_path / "out" / "dataset"


def _records(dataset: Path) -> dict[str, Record]:
    return {
        record.id: record
        for split in ("train", "development")
        for record in read_records(dataset / f"{split}.jsonl")
    }


def test_datasets_opens_the_folder_with_its_audio(dataset: Path, tmp_path: Path) -> None:
    from datasets import Audio, load_dataset

    found = load_dataset(str(dataset), cache_dir=str(tmp_path / "cache"))
    assert set(found) == {"train", "development"}
    assert isinstance(found["train"].features["audio"], Audio)
    rows = found["train"].cast_column("audio", Audio(decode=False))
    records = _records(dataset)
    for row in rows:
        samples, rate_hz = soundfile.read(io.BytesIO(row["audio"]["bytes"]))
        assert (rate_hz, len(samples) / rate_hz) == (16_000, row["duration_s"])
        assert UasDocument.parse(row["document"]) == records[row["id"]].document
        assert [item["question"] for item in row["qa"]] == [
            item.question for item in records[row["id"]].qa
        ]


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # webdataset leaves its files open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the same
def test_webdataset_reads_the_shards(dataset: Path) -> None:
    import webdataset

    shards = sorted(str(path) for path in (dataset / "webdataset").glob("train-*.tar"))
    samples = list(webdataset.WebDataset(shards, shardshuffle=False))
    gc.collect()  # the files that it left open: here, not in the next test
    records = _records(dataset)
    assert len(samples) == sum(record.split == "train" for record in records.values())
    for sample in samples:
        found = json.loads(sample["json"])
        record = Record.model_validate(found["record"])
        assert record.document == records[record.id].document
        assert sample["flac"] == (dataset / records[record.id].audio).read_bytes()


def test_a_shard_says_nothing_of_when_and_where(dataset: Path) -> None:
    for path in (dataset / "webdataset").glob("*.tar"):
        with tarfile.open(path) as tar:
            assert {(m.mtime, m.uid, m.uname, m.mode) for m in tar} == {(0, 0, "", 0o644)}
    for path in dataset.rglob("*.json*"):
        assert str(dataset.parents[1]) not in path.read_text("utf-8")


def test_records_have_their_audio_beside_them(dataset: Path) -> None:
    for record in _records(dataset).values():
        sound = soundfile.info(dataset / record.audio)
        assert (sound.samplerate, sound.channels) == (record.sample_rate_hz, 1)
        assert sound.duration == record.duration_s


def test_chat_lines_ask_for_the_document_and_each_question(dataset: Path) -> None:
    lines = [json.loads(line) for line in (dataset / "chat-train.jsonl").read_text().splitlines()]
    records = [record for record in _records(dataset).values() if record.split == "train"]
    assert len(lines) == sum(1 + len(record.qa) for record in records)
    for line in lines:
        user, assistant = line["messages"]
        audio, text = user["content"]
        assert (dataset / audio["path"]).is_file()
        assert "<|" not in text["text"]
        record = next(r for r in records if r.id == "/".join(line["id"].split("/")[:2]))
        answers = [record.document.canonical(), *(item.answer for item in record.qa)]
        assert assistant["content"][0]["text"] in answers


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # mlcroissant's own use of rdflib
def test_croissant_is_valid_and_gives_the_records(dataset: Path) -> None:
    import mlcroissant

    described = mlcroissant.Dataset(jsonld=dataset / "croissant.json")
    assert not described.metadata.ctx.issues.errors
    rows = list(described.records("records"))
    assert {row["records/id"].decode() for row in rows} == set(_records(dataset))


def test_the_card_says_what_is_inside(dataset: Path) -> None:
    text = (dataset / "README.md").read_text("utf-8")
    _, front, body = text.split("---\n", 2)
    settings = yaml.safe_load(front)
    assert settings["size_categories"] == ["n<1K"]
    assert [part["split"] for part in settings["configs"][0]["data_files"]] == [
        "development",
        "train",
    ]
    assert "| synthesize/unwanted | 1 |" in body
    assert "| CC0-1.0 | 17 |" in body


def test_every_record_has_its_provenance(dataset: Path) -> None:
    lines = [json.loads(line) for line in (dataset / "provenance.jsonl").read_text().splitlines()]
    assert {line["id"] for line in lines} == set(_records(dataset))
    line = next(line for line in lines if line["id"] == "c/3")
    assert (line["source"], line["licence"], line["corpus"]) == ("3.flac", "CC0-1.0", "toy")
    assert set(line["steps"]) == {"caption", "synthesize", "validate"}
    assert all("version" in step for step in line["steps"].values())


def test_ids_of_strangers_make_plain_file_names() -> None:
    names = [
        file_name(identity) for identity in ("a-1", "../../etc/x", "a b", "a/b", "é", "." * 300)
    ]
    assert names[0] == "a-1"
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").replace("_", "").isalnum() for name in names)
