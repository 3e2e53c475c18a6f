"""What the load benchmarks print and draw."""

import json
from pathlib import Path

import pytest

from load.__main__ import main
from load.figures import Sample, Summary
from load.plot import draw
from load.throughput import (
    LOCAL,
    OURS,
    THEIRS,
    Turn,
    Written,
    _order,
    read_ours,
    read_theirs,
    report,
)
from uas_schema.document import UasDocument

SILENCE = UasDocument.no_voice().canonical()


def sample(done_at: float, body: bytes = b"") -> Sample:
    return Sample(0.0, 0.0, done_at / 2, done_at, 200, 3.0, body)


def turn(seconds: float, tokens: int = 50) -> Turn:
    return Turn(Summary.of([sample(seconds)] * 4), [Written(SILENCE, 30, tokens)] * 4, seconds)


def test_ratios_are_within_a_round_and_have_an_interval() -> None:
    turns = {
        THEIRS: [turn(1.0), turn(2.0), turn(4.0)],
        OURS: [turn(1.0), turn(1.0), turn(1.0)],
        LOCAL: [turn(2.0), turn(4.0), turn(8.0)],
    }
    text = report(turns)
    assert (
        f"{OURS} over {THEIRS}, 3 pairs: documents/s 2.000 (75.0 % interval 1.000 to 4.000)" in text
    )
    assert f"{LOCAL} over {THEIRS}, 3 pairs: documents/s 0.500 (75.0 %" in text
    assert "12 of 12" in text


def test_everybody_is_first_as_often_as_anybody() -> None:
    names = ["a", "b", "c"]
    orders = [list(_order(names, number)) for number in range(6)]
    assert all(sorted(order) == names for order in orders)
    assert sorted(order[0] for order in orders) == ["a", "a", "b", "b", "c", "c"]
    assert {tuple(order) for order in orders} >= {("a", "b", "c"), ("c", "b", "a")}


def test_answers_of_both_servers_are_read_alike() -> None:
    usage = {"prompt_tokens": 30, "sampled_tokens": 20, "forced_tokens": 15}
    ours = json.dumps({"uas": json.loads(SILENCE), "usage": usage}).encode()
    assert read_ours(sample(1.0, ours)) == Written(SILENCE, 30, 35)
    pieces = [{"choices": [{"delta": {"content": text}}]} for text in (SILENCE[:9], SILENCE[9:])]
    pieces.append({"choices": [], "usage": {"prompt_tokens": 30, "completion_tokens": 36}})
    lines = [f"data: {json.dumps(piece)}\n\n" for piece in pieces]
    theirs = "".join([*lines, "data: [DONE]\n\n"]).encode()
    assert read_theirs(sample(1.0, theirs)) == Written(SILENCE, 30, 36)


def test_a_plot_is_the_same_file_for_the_same_figures(tmp_path: Path) -> None:
    rows = {1.0: Summary.of([sample(1.0)]), 4.0: Summary.of([sample(2.0), sample(3.0)])}
    for name in ("one.svg", "two.svg"):
        draw({"uas serve": rows}, "clients", tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert "<svg" in (tmp_path / "one.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["sweep", "overhead", "throughput"])
def test_help_shows_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    assert f"python -m load {command}" in capsys.readouterr().out
