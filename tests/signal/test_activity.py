"""Voice activity, levels and cuts, on signals whose truth is known."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signals import noise, silence, vowels

from uas_signal.activity import Span, frame_levels, voice_activity
from uas_signal.voice_network import speech_probabilities
from uas_signal.windows import cut

RATE_HZ = 16_000
GOLDEN_STEPS = [0, 5, 10, 15, 20, 25, 30, 40, 50, 60]
GOLDEN = [0.2945, 0.3949, 0.9414, 0.9679, 0.7643, 0.9569, 0.9934, 0.9991, 0.9989, 0.9991]


def test_finds_where_somebody_speaks() -> None:
    clip = np.concatenate([silence(1), vowels(2), silence(1), vowels(2, seed=3), silence(1)])
    spans = voice_activity(clip + noise(7, 0.001))
    assert 1.0 < sum(span.duration_s for span in spans) <= 4.4
    for span in spans:
        inside = (span.start_s >= 0.8 and span.end_s <= 3.2) or (
            span.start_s >= 3.8 and span.end_s <= 6.2
        )
        assert inside, span


@pytest.mark.parametrize(
    "samples",
    [
        silence(0),
        silence(3),
        noise(3, 0.3),
        np.ones(3 * RATE_HZ, np.float32),
        np.sign(np.sin(np.arange(3 * RATE_HZ) / 9)).astype(np.float32),
    ],
    ids=["nothing", "silence", "noise", "dc", "square"],
)
def test_hears_no_voice_where_there_is_none(samples: np.ndarray) -> None:
    assert voice_activity(samples) == []


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40_000), st.integers(0, 2**32 - 1))
def test_spans_are_in_order_and_within_the_clip(n_samples: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    samples = vowels(n_samples / RATE_HZ, seed)[:n_samples] * (rng.random(n_samples) < 0.9)
    spans = voice_activity(samples.astype(np.float32))
    edges = [edge for span in spans for edge in (span.start_s, span.end_s)]
    assert edges == sorted(edges)
    assert not edges or (edges[0] >= 0 and edges[-1] <= n_samples / RATE_HZ)


def test_the_network_gives_what_silero_vad_gives() -> None:
    """Against onnxruntime on silero_vad_16k_sequence.onnx 6.2.3; our weights are float16."""
    probable = speech_probabilities(vowels(2) + noise(2, 0.003))
    np.testing.assert_allclose(probable[GOLDEN_STEPS], GOLDEN, atol=0.02)


def test_probabilities_do_not_depend_on_what_comes_later() -> None:
    clip = vowels(40)
    whole, half = speech_probabilities(clip), speech_probabilities(clip[: 20 * RATE_HZ])
    assert len(whole) == 1250
    assert len(speech_probabilities(clip[:513])) == 2
    np.testing.assert_allclose(whole[: len(half)], half, atol=1e-4)


def test_levels_are_those_of_each_10_ms() -> None:
    clip = np.concatenate([silence(0.1), np.full(1_600, -1.0, np.float32), np.full(81, 0.1)])
    levels = frame_levels(clip.astype(np.float32))
    assert len(levels) == 21
    np.testing.assert_allclose(levels[:10], -120.0)
    np.testing.assert_allclose(levels[10:20], 0.0, atol=1e-4)
    assert levels[20] == pytest.approx(-20 - 10 * np.log10(160 / 81), abs=0.01)


def test_cuts_lie_in_pauses() -> None:
    pieces = [part for seed in range(12) for part in (vowels(4, seed), silence(0.6))]
    clip = np.concatenate(pieces) + noise(12 * 4.6, 0.001)
    spans = cut(clip, max_s=20.0)
    assert len(spans) in {3, 4}
    for span in spans[1:]:
        assert 4.0 <= span.start_s % 4.6 <= 4.6


def test_a_loud_pause_is_better_than_a_quiet_gap_between_syllables() -> None:
    clip = np.concatenate([vowels(2), noise(1.5, 0.2), vowels(2, seed=3)])
    assert 2.0 <= cut(clip, max_s=4.0)[1].start_s <= 3.5


def test_what_fits_is_not_cut() -> None:
    assert cut(silence(30), max_s=30.0) == [Span(0.0, 30.0)]
    assert cut(silence(0)) == []


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60 * RATE_HZ), st.floats(1.0, 30.0))
def test_cuts_cover_the_clip_and_leave_no_crumbs(n_samples: int, max_s: float) -> None:
    spans = cut(noise(n_samples / RATE_HZ, 0.1)[:n_samples], max_s)
    assert spans[0].start_s == 0.0
    for before, after in itertools.pairwise(spans):
        assert before.end_s == after.start_s
    for span in spans:
        assert span.duration_s <= max_s + 1e-9
        assert len(spans) == 1 or span.duration_s >= max_s / 4 - 0.02


def test_windows_below_a_second_are_refused() -> None:
    with pytest.raises(ValueError, match=r"max_s is 0\.5; windows below 1 s"):
        cut(silence(2), max_s=0.5)
