"""Segments of a stream: the same however it is cut, whole, bounded."""

import itertools
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signals import RATE_HZ, noise, silence, vowels

from uas_signal.activity import voice_activity
from uas_signal.utterances import Segment, Segmenter

MAX_S = 3.0
DOUBT_S = 10.0
STEP_S = 0.032


def tone(duration_s: float, level: float = 0.2) -> np.ndarray:
    at_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    return (level * np.sin(2 * np.pi * 880 * at_s)).astype(np.float32)


@st.composite
def streams(draw: st.DrawFn) -> np.ndarray:
    """Speech, tones and pauses in any order, over some noise."""
    makers = {"speech": vowels, "tone": tone, "pause": silence}
    parts = draw(
        st.lists(st.tuples(st.sampled_from(sorted(makers)), st.floats(0.05, 2.5)), max_size=5)
    )
    clip = np.concatenate([silence(0), *(makers[kind](length_s) for kind, length_s in parts)])
    return clip + noise(len(clip) / RATE_HZ, draw(st.sampled_from([0.0, 0.001])))[: len(clip)]


def segments(blocks: Iterable[np.ndarray], max_s: float = MAX_S) -> list[Segment]:
    segmenter = Segmenter(max_s)
    found = [segment for block in blocks for segment in segmenter.push(block)]
    return found + segmenter.finish()


def assert_same(first: list[Segment], second: list[Segment]) -> None:
    assert [(s.kind, s.start) for s in first] == [(s.kind, s.start) for s in second]
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.samples, other.samples)


@settings(max_examples=6)
@given(streams(), st.lists(st.integers(0, 9_000), max_size=8))
def test_how_a_stream_is_cut_changes_nothing(clip: np.ndarray, cuts: list[int]) -> None:
    edges = [0, *itertools.accumulate(cuts), len(clip)]
    pieces = [clip[start:end] for start, end in itertools.pairwise(edges)]
    assert_same(segments(pieces), segments([clip]))


@settings(max_examples=6)
@given(streams())
def test_segments_are_cut_from_the_stream_in_order_and_hold_all_that_is_voiced(
    clip: np.ndarray,
) -> None:
    found = segments([clip])
    for before, after in itertools.pairwise(found):
        assert before.start + len(before.samples) <= after.start
    spoken = np.zeros(len(clip), bool)
    for segment in found:
        assert 0 < len(segment.samples) <= MAX_S * RATE_HZ
        end = segment.start + len(segment.samples)
        np.testing.assert_array_equal(segment.samples, clip[segment.start : end])
        spoken[segment.start : end] |= segment.kind == "voice"
    for span in voice_activity(clip):
        first, last = (round(at_s * RATE_HZ) for at_s in (span.start_s, span.end_s))
        # Where two runs of speech are joined over a short pause, a cut may lie in that pause.
        assert spoken[first:last].mean() > 1 - STEP_S


@settings(max_examples=6)
@given(streams())
def test_what_is_held_is_bounded(clip: np.ndarray) -> None:
    segmenter = Segmenter(MAX_S)
    for block in np.array_split(clip, 20):
        segmenter.push(block)
        assert segmenter.held <= (MAX_S + DOUBT_S) * RATE_HZ
        assert 0 <= segmenter.settled <= len(clip)
    segmenter.finish()
    assert (segmenter.held, segmenter.settled) == (0, len(clip))


def test_nothing_for_long_hold_nothing() -> None:
    segmenter = Segmenter()
    for _ in range(20):
        assert segmenter.push(noise(1.0, 0.0005)) == []
    assert segmenter.held < RATE_HZ


def test_an_utterance_ends_while_the_stream_goes_on() -> None:
    segmenter = Segmenter()
    assert segmenter.push(np.concatenate([silence(1), vowels(2)])) == []
    (utterance,) = segmenter.push(silence(1))
    assert utterance.kind == "voice"
    assert 0.7 <= utterance.span.start_s <= 1.1
    assert 2.9 <= utterance.span.end_s <= 3.4


def test_a_sound_is_a_segment_of_its_own_and_gives_way_to_speech() -> None:
    clip = np.concatenate([silence(1), tone(1), vowels(2), silence(1)])
    sound, voice = segments([clip])
    assert (sound.kind, voice.kind) == ("sound", "voice")
    assert 0.7 <= sound.span.start_s <= 1.0
    assert sound.span.end_s == voice.span.start_s


@pytest.mark.parametrize("steps", [1, 2])
def test_a_click_is_no_sound(steps: int) -> None:
    click = np.zeros(RATE_HZ * 2, np.float32)
    click[RATE_HZ // 512 * 512 :][: steps * 512] = 0.5
    assert segments([click]) == []


def test_what_lasts_becomes_background() -> None:
    found = segments([tone(30.0)])
    assert found
    assert found[-1].span.end_s < 12.0


def test_long_speech_is_cut_where_it_is_quiet() -> None:
    clip = np.concatenate([vowels(2), 0.02 * vowels(0.5), vowels(2, 3), silence(1)])
    first, second = segments([clip])
    assert first.start + len(first.samples) == second.start
    assert 2.0 - 0.2 <= second.span.start_s <= 2.5 + 0.2


def test_windows_below_a_second_are_refused() -> None:
    with pytest.raises(ValueError, match=r"max_s is 0\.5; windows below 1 s"):
        Segmenter(0.5)
