"""`uas pipeline` from the command line, without a download."""

import argparse
import json
from pathlib import Path

import pytest
import yaml

from uas_cli.command import CommandError, ExitCode
from uas_pipeline.command import command
from uas_schema.records import read_records

SHIPPED = Path(__file__).parents[2] / "pipeline/uas_pipeline/simulate/configs/uas-audio-tiny.yaml"
ONLY_NOISE = {"sentences": 0, "voices": 0, "flite": 0, "prompts": 0, "sounds": 0, "mixtures": 0}


def _run(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([str(word) for word in words]))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    shipped = yaml.safe_load(SHIPPED.read_text("utf-8"))
    for split in ("train", "development"):
        shipped[split] = ONLY_NOISE | {"noises": 4}
    path = tmp_path / "noise.yaml"
    path.write_text(yaml.safe_dump(shipped), "utf-8")
    return path


def test_a_corpus_is_made_and_made_again_to_the_same_bytes(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert _run("simulate", config, "--out", out, "--cache", tmp_path / "cache") == ExitCode.OK
    said = json.loads(capsys.readouterr().out)
    assert (said["train"], said["development"], said["refused"]) == (4, 4, 0)
    records = list(read_records(out / "train.jsonl"))
    assert all((out / record.audio).exists() for record in records)
    assert all(len(record.qa) == 3 for record in records)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert {path.name for path in before} >= {"dev.jsonl", "attribution.json", "sources.jsonl"}
    _run("simulate", config, "--out", out, "--cache", tmp_path / "cache")
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_questions_can_be_made_for_any_manifest(config: Path, tmp_path: Path) -> None:
    _run("simulate", config, "--out", tmp_path / "out", "--cache", tmp_path / "cache")
    shares = tmp_path / "qa.yaml"
    shares.write_text("questions_per_record: 1\n", "utf-8")
    asked = tmp_path / "asked.jsonl"
    _run("qa", tmp_path / "out/train.jsonl", "--out", asked, "--config", shares)
    assert [len(record.qa) for record in read_records(asked)] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x\nsede: 1\n", "unknown key 'sede'"),
        ("- 1\n", "bad.yaml"),
    ],
)
def test_a_bad_configuration_is_refused(tmp_path: Path, text: str, message: str) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(text, "utf-8")
    with pytest.raises(CommandError, match=message) as refused:
        _run("simulate", bad, "--out", tmp_path / "out")
    assert refused.value.exit_code == ExitCode.REFUSED


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no file .*none\.yaml: check the path"):
        _run("simulate", tmp_path / "none.yaml", "--out", tmp_path / "out")
