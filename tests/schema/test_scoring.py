"""Scores against known and published values."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uas_schema.scoring import (
    ErrorCount,
    EventScore,
    cer,
    cluster_bootstrap_interval,
    count_errors,
    event_f1,
    macro_recall,
    wer,
    wilson_interval,
)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "counts"),
    [
        ("the cat sat", "the cat sat", (0, 0, 0, 3)),
        ("the cat sat", "The cat, sat!", (0, 0, 0, 3)),
        ("the cat sat", "the bat", (1, 1, 0, 3)),
        ("the cat sat", "the big cat sat down", (0, 0, 2, 3)),
        ("the cat", "", (0, 2, 0, 2)),
        ("", "the cat", (0, 0, 2, 0)),
    ],
)
def test_word_errors(reference: str, hypothesis: str, counts: tuple[int, ...]) -> None:
    assert wer(reference, hypothesis) == ErrorCount(*counts)


def test_character_errors_leave_spaces_out() -> None:
    assert cer("kitten", "sitting") == ErrorCount(2, 0, 1, 6)
    assert cer("你好 世界", "你好世", "zh") == ErrorCount(0, 1, 0, 4)


def test_error_counts_add_up_to_a_corpus_rate() -> None:
    total = wer("a b c", "a b") + wer("d", "d e")
    assert total.rate == pytest.approx(2 / 4)
    assert ErrorCount().rate == 0.0
    assert ErrorCount(insertions=3).rate == 1.0


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_edits_are_the_fewest(one: str, other: str) -> None:
    def fewest(left: str, right: str) -> int:
        if not left or not right:
            return len(left) + len(right)
        if left[0] == right[0]:
            return fewest(left[1:], right[1:])
        return 1 + min(
            fewest(left[1:], right), fewest(left, right[1:]), fewest(left[1:], right[1:])
        )

    found = count_errors(one, other)
    assert found.errors == fewest(one, other)
    assert found.insertions - found.deletions == len(other) - len(one)


def test_event_f1_takes_synonyms_and_adds_up() -> None:
    score = event_f1(["Barking", "rain", "rain"], ["dog bark", "piano", "bell"])
    assert score == EventScore(1, 1, 2)
    assert (score.precision, score.recall) == (1 / 2, 1 / 3)
    assert score.f1 == pytest.approx(0.4)
    silence = event_f1([], [])
    assert (silence.precision, silence.recall, silence.f1) == (1.0, 1.0, 1.0)
    assert (score + silence) == score
    assert event_f1(["Moon-walk"], ["moon walk"]) == EventScore(1, 0, 0)


def test_macro_recall_weighs_classes_alike() -> None:
    assert macro_recall("aaab", "aaaa") == 0.5
    assert macro_recall("ab", "ab") == 1.0
    with pytest.raises(ValueError, match="at least one"):
        macro_recall([], [])
    with pytest.raises(ValueError, match="shorter"):
        macro_recall("ab", "a")


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611),
     (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_wilson_gives_published_values(
    successes: int, trials: int, low: float, high: float
) -> None:
    interval = wilson_interval(successes, trials)
    assert interval.low == pytest.approx(low, abs=5e-5)
    assert interval.high == pytest.approx(high, abs=5e-5)


def test_wilson_of_weighted_counts_lies_between_those_of_whole_ones() -> None:
    fewer, between, more = (wilson_interval(0.75 * count, count) for count in (8, 10.5, 12))
    assert fewer.low < between.low < more.low < 0.75 < more.high < between.high < fewer.high


def test_wilson_holds_the_share_itself() -> None:
    for trials in range(1, 200):
        for successes in (0, 1, trials - 1, trials):
            interval = wilson_interval(successes, trials)
            assert interval.low <= successes / trials <= interval.high


def test_wilson_at_the_edges() -> None:
    assert (wilson_interval(0, 0).low, wilson_interval(0, 0).high) == (0.0, 1.0)
    assert wilson_interval(10, 10).high == 1.0
    assert wilson_interval(5, 10, confidence=0.5).low > wilson_interval(5, 10).low
    with pytest.raises(ValueError, match="11 successes in 10 trials"):
        wilson_interval(11, 10)


def test_bootstrap_is_the_same_for_the_same_seed() -> None:
    chance = random.Random(0)
    values, speakers = [chance.random() for _ in range(60)], [number // 3 for number in range(60)]
    one, again, other = (cluster_bootstrap_interval(values, speakers, seed) for seed in (1, 1, 2))
    assert one == again != other
    assert one.low < sum(values) / 60 < one.high


def test_bootstrap_draws_whole_clusters() -> None:
    """Alike clips of a speaker carry no more than one: the interval is as wide as for one each."""
    few = cluster_bootstrap_interval([0.0, 1.0] * 4, list(range(8)), seed=0)
    many = cluster_bootstrap_interval(
        [0.0] * 50 + [1.0] * 50, ["a"] * 50 + ["b"] * 50, seed=0, resamples=500
    )
    assert (many.low, many.high) == (0.0, 1.0)
    assert few.high - few.low < 1.0


def test_bootstrap_of_independent_values_is_near_the_normal_interval() -> None:
    values = [float(number % 2) for number in range(100)]
    interval = cluster_bootstrap_interval(values, list(range(100)), seed=3)
    half = 1.96 * math.sqrt(0.25 / 100)
    assert interval.low == pytest.approx(0.5 - half, abs=0.02)
    assert interval.high == pytest.approx(0.5 + half, abs=0.02)


def test_bootstrap_takes_any_statistic() -> None:
    pairs = [("a", "a"), ("b", "a"), ("a", "a"), ("b", "b")]

    def recall(items: object) -> float:
        true, guessed = zip(*items, strict=True)  # type: ignore[call-overload] # pairs
        return macro_recall(true, guessed)

    interval = cluster_bootstrap_interval(pairs, list("wxyz"), 0, statistic=recall, resamples=100)
    assert 0.0 <= interval.low < interval.high <= 1.0
    with pytest.raises(ValueError, match="at least one"):
        cluster_bootstrap_interval([], [], seed=0)
