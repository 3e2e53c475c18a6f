"""`uas doctor`: what it looks at and how it says so."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from uas_cli.catalogue import Catalogue
from uas_cli.checks import (
    cpu,
    cpu_quota,
    disk,
    extras,
    memory,
    model,
    pinned_versions,
    pins,
    python_version,
    traces,
)
from uas_cli.main import main


def test_this_python_is_supported() -> None:
    assert python_version().status == "ok"


def test_the_machine_is_described() -> None:
    assert "cores" in cpu().found
    assert memory().found.endswith("GiB")


def test_a_limit_of_the_container_counts(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text(f"{2 << 30}\n")
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    assert memory(tmp_path).found == "2.0 GiB, the limit of the container"
    assert memory(tmp_path).status == "bad"
    (check,) = cpu_quota({}, tmp_path)
    assert (check.status, check.found) == ("note", "1.5 cores of CPU time")
    assert check.fix is not None
    assert check.fix.startswith("set OMP_NUM_THREADS=2")
    (check,) = cpu_quota({"OMP_NUM_THREADS": "2"}, tmp_path)
    assert check.status == "ok"


def test_no_limit_of_a_container_is_none(tmp_path: Path) -> None:
    assert list(cpu_quota({}, tmp_path)) == []
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert list(cpu_quota({}, tmp_path)) == []
    assert "container" not in memory(tmp_path).found


def test_traces_are_looked_at_when_they_are_asked_for() -> None:
    assert list(traces({})) == []
    (check,) = traces({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
    assert (check.status, check.found) == ("ok", "OTEL_EXPORTER_OTLP_ENDPOINT is set")


def test_pins_are_read_from_a_constraints_file() -> None:
    assert pins("# tested\nruff==0.17.6\ntorch==2.13.0 ; python_version > '3'\nnumpy>=2\n") == {
        "ruff": "0.17.6",
        "torch": "2.13.0",
    }


def test_another_version_than_the_tested_one_is_named_with_the_remedy() -> None:
    check = pinned_versions("pytest==0.0.1\nnot-installed-at-all==1.0\n")
    assert check.status == "note"
    assert check.found == f"pytest {version('pytest')} (tested: 0.0.1)"
    assert check.fix == "pip install -c constraints.txt -e '.[server]'"


def test_the_tested_versions_and_local_builds_are_well() -> None:
    assert pinned_versions(f"pytest=={version('pytest')}+cpu\n").status == "ok"


def test_room_is_looked_for_where_the_cache_will_be(tmp_path: Path) -> None:
    assert disk(tmp_path / "not" / "there" / "yet").found == disk(tmp_path).found


def test_a_model_that_is_not_built_comes_with_the_command(tmp_path: Path) -> None:
    assert model("uas-audio-tiny", tmp_path).status == "ok"
    assert model("uas-audio-tiny", None).fix == "uas model build uas-audio-tiny"


def test_each_extra_is_installed_or_comes_with_its_command() -> None:
    for check in extras():
        name = check.name.removeprefix("extra ")
        whole = check.fix is None and check.found == "installed"
        assert whole or check.fix == f"pip install 'uas-audio[{name}]'"


def test_json_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--json"], Catalogue.installed())
    answer = json.loads(capsys.readouterr().out)
    assert answer["healthy"] is (code == 0)
    assert {"python", "cpu", "memory"} <= {check["name"] for check in answer["checks"]}


def test_a_person_gets_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor"], Catalogue.installed())
    assert capsys.readouterr().out.startswith("ok    python ")


def test_a_constraints_file_that_is_not_there_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "none.txt"
    assert main(["doctor", "--constraints", str(place)], Catalogue.installed()) == 2
    expected = f"uas: cannot read the constraints file {str(place)!r}: No such file or directory\n"
    assert capsys.readouterr().err == expected
