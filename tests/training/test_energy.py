"""Energy in the model card: minutes of logs times a power, and what it was worked out from."""

import json
from pathlib import Path

import pytest

from uas_schema.errors import DataError
from uas_training.evaluation.card import write_card
from uas_training.evaluation.energy import assumed_machine, energy_of, logged_minutes


def write_log(path: Path, *minutes: float) -> Path:
    lines = [json.dumps({"step": n, "minutes": m}) + "\n" for n, m in enumerate(minutes)]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_a_resumed_stage_took_the_time_of_all_its_processes(tmp_path: Path) -> None:
    assert logged_minutes(write_log(tmp_path / "whole.jsonl", 0.5, 1, 1, 4.5)) == 4.5
    assert logged_minutes(write_log(tmp_path / "resumed.jsonl", 1, 3, 0.5, 2, 0.1)) == 5.1
    assert logged_minutes(write_log(tmp_path / "killed.jsonl")) == 0


def test_energy_is_minutes_times_watts(tmp_path: Path) -> None:
    assert energy_of(tmp_path) is None
    write_log(tmp_path / "adapt.jsonl", 30)
    write_log(tmp_path / "tune.jsonl", 60, 90)
    given = energy_of(tmp_path, 50)
    assert given is not None
    assert given.minutes == {"adapt": 30, "tune": 90}
    assert given.kilowatt_hours == pytest.approx(0.1)
    assumed = energy_of(tmp_path)
    assert assumed is not None
    assert assumed.machine == assumed_machine()
    assert assumed.kilowatt_hours == pytest.approx(2 * assumed_machine().watts / 1000)


def test_the_assumed_power_is_cores_and_memory_times_the_site() -> None:
    machine = assumed_machine().model_copy(
        update={
            "cores": 2, "watts_per_core": 10, "memory_gb": 5, "watts_per_gb": 2, "site_factor": 1.5
        }
    )  # fmt: skip
    assert machine.watts == 45


def test_what_has_no_minutes_or_no_power_is_refused(tmp_path: Path) -> None:
    (tmp_path / "items.jsonl").write_text('{"id": "a"}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"items\.jsonl: no minutes in"):
        energy_of(tmp_path)
    with pytest.raises(DataError, match="a machine of 0 W cannot train"):
        energy_of(tmp_path, 0)


def test_the_card_says_where_its_power_is_from(tmp_path: Path) -> None:
    (tmp_path / "weights.yaml").write_text(
        "name: uas-test\nlicence: CC0-1.0\nvariant: open\nlora_rank: 4\nrun: {seed: 1}\n",
        encoding="utf-8",
    )

    def section(watts: float | None = None) -> str:
        page = write_card(tmp_path / "runs", tmp_path, watts=watts).read_text(encoding="utf-8")
        return page.partition("## Energy")[2].partition("## Limits")[0]

    assert "Not known" in section()
    write_log(tmp_path / "tune.jsonl", 600)
    assert "At 100.0 W that is **1.00 kWh**." in section(100)
    assert "(`--watts 100`)" in section(100)
    assert "The power is an assumption: 2 cores at full load" in section()
