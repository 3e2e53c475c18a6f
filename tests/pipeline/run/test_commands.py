"""`uas pipeline run` and the steps alone: what they write, and one clear line for each failure."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from scripted_endpoint import completion, scripted_endpoint
from toy_corpora import write

from uas_cli.command import CommandError, ExitCode, parser_of
from uas_pipeline.command import command
from uas_pipeline.run.config import load_config
from uas_pipeline.validate.violation import read_rejections
from uas_schema.records import read_records

EXAMPLES = Path(__file__).parents[3] / "examples"
SPEECH = EXAMPLES / "hello.flac"
TEXT = "Hello! Did somebody just ring the bell? I will open the door."
MakeRun = Callable[..., Path]


def _run(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([str(word) for word in words]))


@pytest.fixture
def real_run(tmp_path: Path) -> MakeRun:
    """A configuration of the default backends on one real clip and one that is a lie."""

    def make(lines: bytes | None = None, **changes: object) -> Path:
        write(tmp_path / "hello.flac", SPEECH.read_bytes())
        clip = {"audio": "hello.flac", "gender": "female", "age": "adult", "speaker": "af_heart"}
        both = [clip | {"id": "true", "text": TEXT}, clip | {"id": "false", "text": "No. " * 200}]
        written = "".join(json.dumps(line) + "\n" for line in both).encode()
        write(tmp_path / "manifest.jsonl", written if lines is None else lines)
        corpus = {"format": "jsonl", "name": "toy", "licence": "CC0-1.0", "language": "en"}
        corpora = [corpus | {"manifest": "manifest.jsonl"}]
        settings = {"name": "toy", "corpora": corpora, "outputs": ["records"]} | changes
        return write(tmp_path / "run.yaml", yaml.safe_dump(settings))

    return make


def _ids(path: Path) -> list[str]:
    return [record.id for record in read_records(path)]


def test_a_run_keeps_what_is_true(
    real_run: MakeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert _run("run", real_run(), "--out", out) == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["records"] == {"train": 1}
    assert _ids(out / "dataset/train.jsonl") == ["true"]
    (rejection,) = read_rejections(out / "dataset/rejects/validate.jsonl")
    assert rejection.id == "false"
    assert {found.level for found in rejection.violations} >= {"duration"}
    assert "<svg" in (out / "dataset/report.html").read_text("utf-8")


def test_the_steps_alone_do_the_same(real_run: MakeRun, tmp_path: Path) -> None:
    config, names = real_run(), ("clips", "records", "valid", "rejects")
    clips, records, valid, rejects = (tmp_path / f"{name}.jsonl" for name in names)
    assert _run("caption", config, "--out", clips) == ExitCode.OK
    _run("synthesize", clips, "--config", config, "--out", records)
    _run("validate", records, "--config", config, "--out", valid, "--rejects", rejects)
    _run("report", valid, "--rejects", rejects, "--out", tmp_path / "report")
    assert (_ids(valid), [line.id for line in read_rejections(rejects)]) == (["true"], ["false"])
    report = json.loads((tmp_path / "report/report.json").read_text())
    assert (report["total"]["kept"], report["total"]["rejected"]) == (1, 1)


def test_lines_that_are_no_record_are_counted_and_nothing_else_is_lost(
    real_run: MakeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, names = real_run(), ("clips", "records", "valid", "rejects")
    clips, records, valid, rejects = (tmp_path / f"{name}.jsonl" for name in names)
    _run("caption", config, "--out", clips)
    _run("synthesize", clips, "--config", config, "--out", records)
    true, false = records.read_text("utf-8").splitlines()
    twice = '{"id":"x",' + true.removeprefix("{")
    records.write_text("\n".join([true, "{", "", twice, false]) + "\n", "utf-8")
    capsys.readouterr()
    _run("validate", records, "--config", config, "--out", valid, "--rejects", rejects)
    assert json.loads(capsys.readouterr().out) == {"valid": 1, "rejected": 3}
    found = {line.id: line.reason for line in read_rejections(rejects)}
    assert [*found] == ["records.jsonl line 2", "records.jsonl line 4", "false"]
    assert found["records.jsonl line 2"] == found["records.jsonl line 4"] == "schema"
    assert _run("report", valid, "--rejects", rejects, "--out", tmp_path / "r") == ExitCode.OK


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (b'{"id": "a"}\n', "toy: manifest.jsonl line 1: audio: Field required"),
        (b"\xe9\n", "toy: manifest.jsonl line 1: not UTF-8 at byte 0"),
        (
            b'{"id": "a", "audio": "hello.flac", "text": "x"}\n' * 2,
            "toy: manifest.jsonl line 2: id 'a' is also at manifest.jsonl line 1",
        ),
        (b'{"id": "a", "audio": "run.yaml", "text": "x"}\n', "run.yaml: These bytes are not audio"),
        (b'{"id": "a", "audio": "none.wav", "text": "x"}\n', "toy: a: no file .*none.wav"),
    ],
    ids=["missing key", "encoding", "duplicate", "unreadable", "missing file"],
)
def test_a_bad_manifest_is_one_clear_line(
    real_run: MakeRun, tmp_path: Path, lines: bytes, message: str
) -> None:
    with pytest.raises(CommandError, match=message) as failed:
        _run("run", real_run(lines), "--out", tmp_path / "out")
    assert failed.value.exit_code == ExitCode.FAILED
    assert "\n" not in str(failed.value)


def test_a_run_of_which_nothing_is_left_fails(real_run: MakeRun, tmp_path: Path) -> None:
    config = real_run(b'{"id": "a", "audio": "none.wav", "text": "x"}\n', on_bad="reject")
    with pytest.raises(CommandError, match=r"no clip became a record: .*rejects says why"):
        _run("run", config, "--out", tmp_path / "out")


def _endpoint(url: str) -> dict[str, object]:
    patience = {"attempts": 1, "first_wait_s": 0, "timeout_s": 20}
    return {"backend": "openai", "endpoint": {"base_url": url, "model": "m", **patience}}


def test_an_endpoint_that_is_down_is_one_clear_line(real_run: MakeRun, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"127\.0\.0\.1:9") as failed:
        _run("run", real_run(caption=_endpoint("http://127.0.0.1:9/v1")), "--out", tmp_path / "out")
    assert "\n" not in str(failed.value)


def test_an_endpoint_that_answers_junk_costs_the_clips(real_run: MakeRun, tmp_path: Path) -> None:
    with scripted_endpoint(completion("I would rather not.")) as endpoint:
        config = real_run(caption=_endpoint(endpoint.url))
        with pytest.raises(CommandError, match="no clip became a record"):
            _run("run", config, "--out", tmp_path / "out")
    rejections = list(read_rejections(tmp_path / "out/dataset/rejects/caption.jsonl"))
    assert [(line.id, line.reason) for line in rejections] == [
        ("true", "answer_not_json"),
        ("false", "answer_not_json"),
    ]


def test_a_missing_or_unknown_configuration_is_refused(real_run: MakeRun, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no file .*none\.yaml: check the path"):
        _run("run", tmp_path / "none.yaml", "--out", tmp_path / "out")
    with pytest.raises(CommandError, match="did you mean 'on_bad'") as refused:
        _run("run", real_run(on_bda="stop"), "--out", tmp_path / "out")
    assert refused.value.exit_code == ExitCode.REFUSED
    with pytest.raises(CommandError, match="did you mean 'rate_tolerance'"):
        _run("run", real_run(checks={"logic": {"rate_tolerence": 1}}), "--out", tmp_path / "out")
    with pytest.raises(CommandError, match="--address is for --executor ray"):
        _run("run", real_run(), "--out", tmp_path / "out", "--address", "auto")


def test_a_full_disk_is_one_clear_line(real_run: MakeRun, small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(340_000))
    with pytest.raises(CommandError, match=r"^the disk is full: free some of it"):
        _run("run", real_run(), "--out", small_disk / "out")


def test_the_shipped_example_is_a_configuration() -> None:
    config = load_config(EXAMPLES / "asterisk-sample.yaml")
    assert (config.corpora[0].name, config.caption.backend) == ("asterisk", "acoustic")


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser_of(command).parse_args(["--help"])
    assert "uas pipeline run examples/asterisk-sample.yaml --out data" in capsys.readouterr().out
