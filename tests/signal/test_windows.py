"""The incremental cutter gives what `cut` gives, however the stream comes in, and wherever it is
taken up again."""

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from signals import noise, silence, vowels

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import Span
from uas_signal.segments import HORIZON_SHARE, cut_cost
from uas_signal.windows import Cutter, Window, cut, samples_before

PIECES = st.lists(
    st.tuples(
        st.sampled_from(["vowels", "noise", "silence"]),
        st.floats(0.1, 6.0),
        st.integers(0, 999),
    ),
    min_size=1,
    max_size=6,
)


def clip_of(pieces: list[tuple[str, float, int]]) -> np.ndarray:
    made = {
        "vowels": vowels,
        "noise": lambda duration_s, seed: noise(duration_s, 0.02, seed),
        "silence": lambda duration_s, _seed: silence(duration_s),
    }
    clip = np.concatenate([made[kind](duration_s, seed) for kind, duration_s, seed in pieces])
    return clip + noise(len(clip) / SAMPLE_RATE_HZ + 1, 0.0005)[: len(clip)]


def windows_of(
    samples: np.ndarray, max_s: float, block_samples: int, start_s: float = 0.0
) -> list[Window]:
    cutter = Cutter(max_s, start_s)
    windows = []
    for first in range(samples_before(start_s), len(samples), block_samples):
        windows += cutter.push(samples[first : first + block_samples])
    return windows + cutter.finish()


def test_the_windows_are_those_of_cut(proving) -> None:
    # What the network heard over ten seconds ago once moved a cut of the whole clip.
    @example([("vowels", length_s, 0) for length_s in (1.0, 2.0, 6.0, 4.75)], 2.0, 1_000)
    @settings(max_examples=proving(6, 300))
    @given(PIECES, st.floats(2.0, 12.0), st.integers(1_000, 100_000))
    def check(pieces, max_s, block_samples) -> None:
        samples = clip_of(pieces)
        windows = windows_of(samples, max_s, block_samples)
        assert [window.span for window in windows] == cut(samples, max_s)
        np.testing.assert_array_equal(np.concatenate([w.samples for w in windows]), samples)

    check()


@settings(max_examples=6)
@given(st.integers(0, 2**32 - 1), st.floats(2.0, 12.0), st.floats(1.0, 40.0))
def test_whatever_the_signal_windows_cover_it_and_end_where_it_is_quietest(
    seed, max_s, duration_s
) -> None:
    rng = np.random.default_rng(seed)
    loudness = np.repeat(rng.random(61) ** 3, SAMPLE_RATE_HZ)
    samples = noise(duration_s, 0.3, seed) * loudness[: round(duration_s * SAMPLE_RATE_HZ)]
    samples = samples.astype(np.float32)
    windows = windows_of(samples, max_s, 16_000)
    assert windows[0].span.start_s == 0.0
    assert windows[-1].span.end_s == len(samples) / SAMPLE_RATE_HZ
    cost_db = cut_cost(samples)
    for before, after in itertools.pairwise(windows):
        assert before.span.end_s == after.span.start_s
        rest_s = len(samples) / SAMPLE_RATE_HZ - before.span.start_s
        longest_s = min(max_s, rest_s - max_s / 2)
        first = round((before.span.start_s + longest_s / 2) * 100)
        last = int((before.span.start_s + longest_s) * 100)
        chosen = cost_db[round(before.span.end_s * 100)]
        assert chosen == pytest.approx(cost_db[first:last].min(), abs=0.01)
    for window in windows:
        assert window.span.duration_s <= max_s + 1e-9


@settings(max_examples=3)
@given(PIECES, st.floats(3.0, 6.0))
def test_taken_up_at_any_window_it_goes_on_as_if_it_had_never_stopped(pieces, max_s) -> None:
    samples = clip_of(pieces)
    whole = windows_of(samples, max_s, 16_000)
    for done, window in enumerate(whole):
        again = windows_of(samples, max_s, 9_999, window.span.start_s)
        assert [w.span for w in again] == [w.span for w in whole[done:]]


def test_it_holds_no_more_than_the_rule_looks_at() -> None:
    cutter = Cutter(max_s=5.0)
    held = 0
    for seed in range(120):
        cutter.push(noise(1.0, 0.1, seed))
        held = max(held, sum(len(block) for block in cutter._blocks))
    assert held / SAMPLE_RATE_HZ <= 5.0 * HORIZON_SHARE + 10 + 2.2


def test_nothing_in_is_nothing_out() -> None:
    assert Cutter().finish() == []
    cutter = Cutter(max_s=1.0)
    assert cutter.push(silence(0.5)) == []
    assert [window.span for window in cutter.finish()] == [Span(0.0, 0.5)]


def test_windows_below_a_second_are_refused() -> None:
    with pytest.raises(ValueError, match=r"max_s is 0\.5; windows below 1 s"):
        Cutter(max_s=0.5)
