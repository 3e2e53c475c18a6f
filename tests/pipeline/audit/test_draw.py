"""What is drawn: as many as asked, the same from a seed, the rare ones too, each by its weight."""

from collections import Counter
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uas_pipeline.audit.draw import Candidate, draw, inclusion_probabilities
from uas_pipeline.audit.strata import DIMENSIONS, Strata

NAMES = st.sampled_from(["a", "b", "c"])


@st.composite
def strata(draws: st.DrawFn) -> Strata:
    once = [(dimension, draws(NAMES)) for dimension in DIMENSIONS if dimension != "events"]
    events = sorted(draws(st.sets(NAMES, min_size=1)))
    return (*once, *(("events", event) for event in events))


def candidates(of: list[Strata]) -> list[Candidate]:
    return [Candidate(index, f"toy/{index}", own) for index, own in enumerate(of)]


@given(st.lists(strata(), min_size=1, max_size=60), st.integers(1, 70), st.integers(0, 9))
def test_as_many_as_asked_whatever_their_order(of: list[Strata], count: int, seed: int) -> None:
    some = candidates(of)
    drawn = draw(some, count, seed)
    assert len({one.candidate.key for one in drawn}) == len(drawn) == min(count, len(some))
    assert draw(some[::-1], count, seed) == drawn


@given(st.lists(strata(), min_size=1, max_size=60), st.integers(1, 70))
def test_probabilities_add_up_to_the_sample(of: list[Strata], count: int) -> None:
    probabilities = inclusion_probabilities(of, count)
    assert all(0 < one <= 1 for one in probabilities)
    assert sum(probabilities) == pytest.approx(min(count, len(of)))


def one_in_a_hundred() -> list[Candidate]:
    """500 clips of which five are of fear."""
    return candidates([
        tuple((d, "Fear" if d == "emotion" and index % 100 == 0 else "same") for d in DIMENSIONS)
        for index in range(500)
    ])  # fmt: skip


def test_a_rare_value_is_heard() -> None:
    for seed in range(10):
        drawn = draw(one_in_a_hundred(), 50, seed)
        found = Counter(dict(one.candidate.strata)["emotion"] for one in drawn)
        assert found["Fear"] >= 3, seed  # by chance alone it would be one in two samples


def test_weights_bring_a_rare_value_back_to_its_share() -> None:
    estimates = []
    for seed in range(50):
        drawn = draw(one_in_a_hundred(), 50, seed)
        weights = {dict(one.candidate.strata)["emotion"]: 0.0 for one in drawn}
        for one in drawn:
            weights[dict(one.candidate.strata)["emotion"]] += 1 / one.probability
        estimates.append(weights["Fear"])
    assert fmean(estimates) == pytest.approx(5, rel=0.1)


def test_another_seed_draws_others() -> None:
    first, second = (draw(one_in_a_hundred(), 50, seed) for seed in (0, 1))
    assert {one.candidate.key for one in first} != {one.candidate.key for one in second}
