"""A run: what comes out, that it is always the same, and that nothing ends it half done."""

import errno
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from toy_corpora import write
from toy_runs import content, finish, run_of

from uas_pipeline.errors import CorpusError, EndpointError, PipelineError
from uas_pipeline.executor.local import LocalExecutor
from uas_pipeline.run.progress import SilentRun
from uas_schema.errors import DataError
from uas_schema.records import read_records

PROGRAM = Path(__file__).parents[2] / "support" / "run_stand_in.py"
MakeConfig = Callable[..., Path]


def test_every_clip_is_a_record_or_a_rejection(config_file: MakeConfig, tmp_path: Path) -> None:
    out = tmp_path / "out"
    files = finish(config_file(), out)
    ids = [
        record.id
        for split in ("train", "development")
        for record in read_records(out / "dataset" / f"{split}.jsonl")
    ]
    (rejection,) = files["rejects/synthesize.jsonl"].splitlines()
    assert sorted([*ids, json.loads(rejection)["id"]]) == sorted(f"c/{n}" for n in range(18))
    assert json.loads(rejection)["reason"] == "unwanted"
    report = json.loads(files["counts.json"])
    assert (report["clips"], sum(report["records"].values())) == (18, 17)
    assert report["rejections"] == {"synthesize/unwanted": 1}


def test_a_speaker_is_in_one_split(config_file: MakeConfig, tmp_path: Path) -> None:
    finish(config_file(), tmp_path / "out")
    speakers = [
        {record.speaker for record in read_records(tmp_path / "out/dataset" / f"{split}.jsonl")}
        for split in ("train", "development")
    ]
    assert all(speakers)
    assert speakers[0].isdisjoint(speakers[1])


def test_the_number_of_processes_changes_no_byte(config_file: MakeConfig, tmp_path: Path) -> None:
    path = config_file()
    assert finish(path, tmp_path / "one", jobs=1) == finish(path, tmp_path / "two", jobs=2)


def test_only_what_changed_is_done_again(config_file: MakeConfig, tmp_path: Path) -> None:
    out = tmp_path / "out"
    finish(config_file(), out)
    made = {path: path.stat().st_mtime_ns for path in (out / "work").glob("*/*/*")}
    settings = json.loads((tmp_path / "run.yaml").read_text())
    write(tmp_path / "run.yaml", json.dumps(settings | {"questions": {"seed": 5}}))
    run_of(tmp_path / "run.yaml", out).run(LocalExecutor(1), SilentRun())
    after = {path: path.stat().st_mtime_ns for path in (out / "work").glob("*/*/*")}
    new = {path.parents[1].name for path in set(after) - set(made)}
    assert new == {"shard"}
    assert {path: after[path] for path in made} == made


def test_a_file_that_changes_is_read_again(config_file: MakeConfig, tmp_path: Path) -> None:
    from toy_corpora import tone_file

    path = config_file()
    before = finish(path, tmp_path / "out")
    write(tmp_path / "audio/3.flac", tone_file(seconds=0.7))
    after = finish(path, tmp_path / "out")
    changed = [name for name in after if after[name] != before[name] and name.endswith("flac")]
    assert len(changed) == 1


def _entries(out: Path) -> int:
    kinds = (path for path in (out / "work").glob("*") if path.name not in ("unfinished", "doomed"))
    return sum(len(list(kind.glob("*/*"))) for kind in kinds)


def _killed_after(path: Path, out: Path, entries: int, environment: dict[str, str]) -> bool:
    """Kill a run, not its children, when it has made some entries; False if it ended first."""
    words = [sys.executable, str(PROGRAM), str(path), str(out), "2"]
    with subprocess.Popen(words, env=environment) as process:  # noqa: S603
        while process.poll() is None:
            if _entries(out) >= entries:
                process.kill()
                return True
    return False


@pytest.mark.slow
def test_a_kill_at_any_moment_loses_and_doubles_nothing(
    config_file: MakeConfig,
    tmp_path: Path,
    environment: dict[str, str],
    proving: Callable[[int, int], int],
    evidence: Callable[[str, dict[str, object]], None],
) -> None:
    path = config_file()
    whole = finish(path, tmp_path / "whole")
    most, moments, killed, ended = _entries(tmp_path / "whole"), proving(2, 50), 0, 0
    environment = {**environment, "PYTHONPATH": os.pathsep.join(
        [environment["PYTHONPATH"], str(PROGRAM.parent)])}  # fmt: skip
    rng = random.Random(4)
    while killed < moments:
        out = tmp_path / f"out-{killed + ended}"
        was_killed = _killed_after(path, out, rng.randrange(1, most), environment)
        killed, ended = killed + was_killed, ended + (not was_killed)
        assert ended <= moments, "most runs end before they are killed"
        assert not (out / "dataset").exists() or content(out / "dataset") == whole
        assert finish(path, out) == whole
        assert not list((out / "work/unfinished").glob("*"))
        shutil.rmtree(out)
    evidence("Pipeline", {
        "runs killed with SIGKILL": killed,
        "runs that ended before their kill": ended,
        "pieces of work in a whole run": most,
        "datasets that differ": 0,
    })  # fmt: skip


def test_a_full_disk_loses_nothing(
    config_file: MakeConfig,
    tmp_path: Path,
    small_disk: Path,
    evidence: Callable[[str, dict[str, object]], None],
) -> None:
    path = config_file()
    whole = finish(path, tmp_path / "whole")
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(150_000))
    with pytest.raises(OSError, match="No space left") as full:
        finish(path, small_disk / "out")
    assert full.value.errno == errno.ENOSPC
    assert not (small_disk / "out/dataset").exists()
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)  # noqa: S603, S607
    assert finish(path, small_disk / "out") == whole
    evidence("Pipeline", {"disks filled": 1, "datasets that differ": 0})


def test_bad_entries_stop_a_run_or_are_rejected_as_configured(
    config_file: MakeConfig, tmp_path: Path
) -> None:
    path = config_file(on_bad="reject")
    manifest = tmp_path / "manifest.jsonl"
    lines = manifest.read_bytes().splitlines(keepends=True)
    manifest.write_bytes(b"".join([*lines, lines[2], b'{"id": "x"}\n', b"\xff\n"]))
    (tmp_path / "audio/4.flac").unlink()
    write(tmp_path / "audio/5.flac", b"no audio")
    report = json.loads(finish(path, tmp_path / "out")["counts.json"])
    assert report["clips"] == 21
    assert report["rejections"] == {
        "read/bad_entry": 1,
        "read/duplicate_id": 1,
        "read/missing_audio": 1,
        "read/unreadable_audio": 1,
        "read/wrong_encoding": 1,
        "synthesize/unwanted": 1,
    }


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_that_stops_names_the_clip(
    config_file: MakeConfig, tmp_path: Path, jobs: int
) -> None:
    path = config_file()
    (tmp_path / "audio/4.flac").unlink()
    with pytest.raises(CorpusError, match=r"toy: c/4: no file .*audio/4\.flac: check the path"):
        finish(path, tmp_path / "out", jobs)
    assert not (tmp_path / "out/dataset").exists()


def test_a_repeated_id_names_both_places(config_file: MakeConfig, tmp_path: Path) -> None:
    path = config_file()
    with (tmp_path / "manifest.jsonl").open("a") as file:
        file.write('{"id": "c/0", "audio": "audio/0.flac", "text": ""}\n')
    message = r"toy: manifest\.jsonl line 19: id 'c/0' is also at manifest\.jsonl line 1"
    with pytest.raises(CorpusError, match=message):
        finish(path, tmp_path / "out")


def test_a_lost_endpoint_ends_the_run_and_what_is_done_stays(
    config_file: MakeConfig, tmp_path: Path
) -> None:
    path = config_file()
    manifest = tmp_path / "manifest.jsonl"
    whole = manifest.read_text()
    manifest.write_text(whole.replace("sentence number 17", "x").replace("This is x.", "down"))
    with pytest.raises(EndpointError, match="does not answer: start the server"):
        finish(path, tmp_path / "out")
    done = _entries(tmp_path / "out")
    manifest.write_text(whole)
    assert done > 20
    assert finish(path, tmp_path / "out") == finish(path, tmp_path / "fresh")


def test_two_runs_do_not_share_a_folder(config_file: MakeConfig, tmp_path: Path) -> None:
    run = run_of(config_file(), tmp_path / "out")

    class Meanwhile:
        def advance(self, clips: int, rejected: int) -> None:
            del clips, rejected
            with pytest.raises(PipelineError, match="another run is at work"):
                run.run(LocalExecutor(1), SilentRun())

    run.run(LocalExecutor(1), Meanwhile())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"on_bda": "stop"}, "unknown key 'on_bda' at on_bda: did you mean 'on_bad'"),
        ({"corpora": [{"format": "kaldi", "dta": "x"}]}, "did you mean 'data'"),
        ({"corpora": [{"format": "kladi"}]}, "kladi"),
        ({"split": {"by": "corpus", "test": 0.1}}, "shares are drawn only with by: speaker"),
        ({"split": {"by": "speaker", "test": 0.6, "development": 0.6}}, "leave nothing for train"),
    ],
)
def test_a_bad_configuration_is_refused_by_name(
    config_file: MakeConfig, tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        run_of(config_file(**changes), tmp_path / "out")
