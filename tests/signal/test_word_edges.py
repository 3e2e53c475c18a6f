"""Edges of words go to the pauses beside them, and stay where there is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import Span
from uas_signal.word_edges import at_pauses

TRUE = (Span(0.5, 1.0), Span(1.4, 2.0), Span(2.05, 2.6))
LENGTH_S = 3.0
NEAR_S = 0.03


def clip(noise_below_db: float | None = None) -> np.ndarray:
    """Three words of tone at the true places."""
    samples = np.zeros(round(LENGTH_S * SAMPLE_RATE_HZ), np.float32)
    for word in TRUE:
        first, last = (round(at_s * SAMPLE_RATE_HZ) for at_s in (word.start_s, word.end_s))
        samples[first:last] = 0.5 * np.sin(np.arange(last - first) * 0.2)
    if noise_below_db is not None:
        noise = np.random.default_rng(1).normal(
            0, 0.35 * 10 ** (-noise_below_db / 20), len(samples)
        )
        samples += noise.astype(np.float32)
    return samples


@pytest.mark.parametrize("noise_below_db", [None, 30.0])
@pytest.mark.parametrize(
    "given_words",
    [
        pytest.param((Span(0.0, 1.2), Span(1.2, 2.02), Span(2.02, 2.9)), id="pauses in the words"),
        pytest.param((Span(0.2, 0.9), Span(1.55, 2.0), Span(2.1, 3.0)), id="pauses too long"),
        pytest.param(TRUE, id="right already"),
    ],
)
def test_edges_go_to_the_pauses(given_words, noise_below_db):
    moved = at_pauses(given_words, clip(noise_below_db))
    for word, true in zip(moved, TRUE, strict=True):
        assert word.start_s == pytest.approx(true.start_s, abs=NEAR_S)
        assert word.end_s == pytest.approx(true.end_s, abs=NEAR_S)


def test_loud_noise_moves_starts_alone():
    moved = at_pauses((Span(0.0, 1.2), Span(1.2, 2.0), Span(2.1, 2.7)), clip(noise_below_db=14.0))
    assert moved[0].start_s == pytest.approx(0.5, abs=NEAR_S)
    assert moved[1].start_s == pytest.approx(1.4, abs=NEAR_S)
    assert [word.end_s for word in moved] == [1.2, 2.0, 2.7]


def test_words_without_a_pause_stay():
    samples = (0.5 * np.sin(np.arange(2 * SAMPLE_RATE_HZ) * 0.2)).astype(np.float32)
    words = [Span(0.0, 0.8), Span(0.8, 1.5), Span(1.5, 2.0)]
    assert at_pauses(words, samples) == words


def test_a_pause_far_from_an_edge_is_one_inside_a_word():
    given_words = [Span(0.5, 2.0), Span(2.05, 2.6)]  # as if the first two were one
    first, second = at_pauses(given_words, clip())
    assert (first.start_s, second.end_s) == pytest.approx((0.5, 2.6), abs=NEAR_S)
    assert first.end_s == pytest.approx(2.0, abs=NEAR_S)


@pytest.mark.parametrize("samples", [np.zeros(0, np.float32), np.zeros(16_000, np.float32)])
def test_where_nothing_is_heard_nothing_moves(samples):
    words = [Span(0.1, 0.4)]
    assert at_pauses(words, samples) == words
    assert at_pauses([], samples) == []


@given(
    st.lists(st.floats(0, LENGTH_S), min_size=2, max_size=12),
    st.sampled_from([None, 30.0, 14.0, 3.0]),
)
def test_words_stay_in_order_and_in_the_clip(edges, noise_below_db):
    times = sorted(edges)[: len(edges) // 2 * 2]
    words = [Span(*pair) for pair in zip(times[::2], times[1::2], strict=True)]
    moved = at_pauses(words, clip(noise_below_db))
    found = [at_s for word in moved for at_s in (word.start_s, word.end_s)]
    assert len(moved) == len(words)
    assert found == sorted(found)
    assert 0 <= found[0] <= found[-1] <= LENGTH_S
