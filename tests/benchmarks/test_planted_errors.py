"""What validation catches of a sample of planted errors, and the figures made of it.

The full counts on real and simulated clips are those of ``python -m planted_errors``.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from judged_records import TEXT, spoken
from planted_gold import planted_gold

from planted_errors.evidence import HALVES
from planted_errors.gold import half_of, in_turn, is_real, read_gold
from planted_errors.judging import judge, judge_gold
from planted_errors.kinds import DETERMINISTIC, KINDS
from planted_errors.measuring import measure
from planted_errors.page import write_page
from planted_errors.planting import Kind, plant, to_line
from planted_errors.report import HalfReport, all_gold, pooled
from planted_errors.sweep import Point, area, best_at, curve, load_sweeps, thresholds_at
from uas_pipeline.validate.config import validation_config

GOLD = list(planted_gold())
CONFIG = validation_config()
FOUND, GOLD_SCORES = judge_gold(GOLD, CONFIG)


def test_no_gold_is_rejected() -> None:
    assert {name: score.rejected for name, score in GOLD_SCORES.items()} == {
        "real": 0,
        "simulated": 0,
    }
    assert GOLD_SCORES["real"].records == 12


@pytest.mark.parametrize("kind", DETERMINISTIC, ids=lambda kind: kind.name)
def test_a_deterministic_error_is_caught_by_the_level_meant(kind: Kind) -> None:
    score = judge(kind, plant(kind, GOLD, 10, seed=7), FOUND, CONFIG)

    assert score.planted >= 10
    assert score.caught == score.planted, score.missed


def test_what_the_gold_fails_already_does_not_count_as_caught() -> None:
    kind = next(kind for kind in KINDS if kind.name == "value_outside_the_set")
    planted = list(plant(kind, GOLD, 4, seed=1))
    bad_already = {item.gold_id: judge_gold([json.loads(item.line)], CONFIG)[0] for item in planted}
    found = {name: next(iter(one.values())) for name, one in bad_already.items()}

    assert judge(kind, planted, found, CONFIG).caught == 0


def test_every_sweep_names_thresholds_checks_and_kinds_that_there_are() -> None:
    file, names = load_sweeps(), {kind.name for kind in KINDS}
    swept = [kind for sweep in file.sweeps for kind in sweep.kinds]

    assert set(swept) <= names
    assert len(set(swept)) == len(swept) >= 10
    for sweep in file.sweeps:
        assert set(sweep.strict) == set(sweep.mild)
        assert len(curve(sweep, 3, [spoken()], [spoken()])) == 3
        assert thresholds_at(sweep, 3, 2) == dict(sweep.mild)


def test_milder_thresholds_reject_less() -> None:
    sweep = next(sweep for sweep in load_sweeps().sweeps if "pace_flipped" in sweep.kinds)
    said_fast = spoken(voice={"prosody": "fast pace, medium pitch, moderate range"})

    points = curve(sweep, 11, [said_fast], [spoken(), spoken(TEXT)])

    assert [point.caught for point in points] == sorted((p.caught for p in points), reverse=True)
    assert (points[0].caught, points[-1].caught) == (1.0, 0.0)
    assert {point.gold_rejected for point in points} == {0.0}
    assert best_at(points, 0.01) == points[0]


def test_the_best_point_keeps_to_the_gold_that_may_be_rejected() -> None:
    points = [
        Point(step=0, caught=0.9, gold_rejected=0.2),
        Point(step=1, caught=0.5, gold_rejected=0.01),
        Point(step=2, caught=0.1, gold_rejected=0.0),
    ]

    assert best_at(points, 0.01).step == 1
    assert best_at(points[:1], 0.01).step == 0
    assert area(points) == pytest.approx(0.01 * 0.3 + 0.19 * 0.7 + 0.8 * 0.95)


def test_halves_are_written_side_by_side(tmp_path: Path) -> None:
    kinds = [kind for kind in KINDS if kind.name in {"extra_key", "pace_flipped"}]
    opened = measure(GOLD, "open", count=4, seed=1, kinds=kinds)
    held_out = measure(GOLD, "held-out", count=4, seed=2, kinds=kinds, chosen=opened)
    for report in (opened, held_out):
        report.write(tmp_path)

    reports = [read for half in HALVES if (read := HalfReport.read(tmp_path, half))]
    write_page(reports, "python -m planted_errors", tmp_path)

    assert reports == [opened, held_out]
    assert held_out.curves[0].chosen.step == opened.curves[0].chosen.step
    assert all_gold(opened.gold).of == len(GOLD)
    assert pooled(opened.kinds).of == 8
    page = (tmp_path / "README.md").read_text("utf-8")
    assert "| kind | level meant | open | held-out | what is planted |" in page
    assert "`extra_key` | ontology | 100.0 % of 4 (51.0 to 100.0)" in page
    assert (tmp_path / "roc.svg").read_text("utf-8").lstrip().startswith("<?xml")


def test_any_number_of_clips_is_half_real(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(to_line(record) + "\n" for record in GOLD), "utf-8")
    records: list[dict[str, Any]] = in_turn(read_gold(path))

    assert [is_real(record) for record in records[:6]] == [True, False] * 3
    assert sorted(record["id"] for record in records) == sorted(record["id"] for record in GOLD)
    assert {half_of(record["id"]) for record in records} == set(HALVES)
