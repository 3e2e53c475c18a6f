"""Calibration: values worked out by hand, and what must hold for any probabilities."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uas_training.evaluation.calibration import calibrate
from uas_training.evaluation.reliability import draw

PAIRS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


def test_two_bins_by_hand() -> None:
    confidences = [0.6] * 5 + [0.9] * 5
    hits = [True, True, True, False, False, True, True, True, True, False]
    found = calibrate(confidences, hits, 2)
    assert found is not None
    assert [(b["n"], b["right"]) for b in found["bins"]] == [(5, 0.6), (5, 0.8)]
    assert found["ece"] == pytest.approx(0.05)


def test_sure_and_always_wrong_is_as_bad_as_it_gets() -> None:
    found = calibrate([1.0] * 7, [False] * 7, 10)
    assert found is not None
    assert found["ece"] == 1
    assert len(found["bins"]) == 1


def test_nothing_and_nonsense() -> None:
    assert calibrate([], [], 3) is None
    with pytest.raises(ValueError, match=r"1\.5 is no probability"):
        calibrate([1.5], [True], 3)
    with pytest.raises(ValueError, match="0 bins"):
        calibrate([0.5], [True], 0)


@given(pairs=PAIRS, bins=st.integers(1, 12), seed=st.integers(0, 99))
def test_every_item_is_in_one_bin_whatever_the_order(
    pairs: list[tuple[float, bool]], bins: int, seed: int
) -> None:
    mixed = list(pairs)
    random.Random(seed).shuffle(mixed)
    first, second = (
        calibrate([c for c, _ in order], [h for _, h in order], bins) for order in (pairs, mixed)
    )
    assert first is not None
    assert second is not None
    assert sum(b["n"] for b in first["bins"]) == len(pairs)
    assert len(first["bins"]) <= bins
    assert 0 <= first["ece"] <= 1
    assert first["ece"] == pytest.approx(second["ece"])
    one_bin = calibrate([c for c, _ in pairs], [h for _, h in pairs], 1)
    assert one_bin is not None
    assert first["ece"] >= one_bin["ece"] - 1e-9  # more bins can only show more


def test_the_plot_is_the_same_file_each_time(tmp_path: Path) -> None:
    found = calibrate([0.2, 0.6, 0.9], [False, True, True], 3)
    assert found is not None
    for name in ("a.svg", "b.svg"):
        draw({"age": found}, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
