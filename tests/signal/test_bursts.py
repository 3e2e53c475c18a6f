"""The time of the only sound: where it is plain, and nothing where it is not."""

import numpy as np
import pytest

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.bursts import only_burst


def scene(*parts: tuple[float, float], noise: float = 1e-4) -> np.ndarray:
    """Seconds and amplitude of each stretch of a tone, one after the other, in noise."""
    rng = np.random.default_rng(0)
    tones = [
        amplitude * np.sin(np.arange(round(seconds * SAMPLE_RATE_HZ)) * 0.4)
        for seconds, amplitude in parts
    ]
    sound = np.concatenate(tones)
    return (sound + noise * rng.standard_normal(len(sound))).astype(np.float32)


def test_a_sound_that_stops_has_both_times() -> None:
    burst = only_burst(scene((1.0, 0), (0.5, 0.3), (2.0, 0)))
    assert burst is not None
    assert (burst.start_s, burst.end_s) == pytest.approx((1.0, 1.5), abs=0.03)


def test_knocks_are_one_sound_and_sounds_far_apart_are_two() -> None:
    knocks = only_burst(scene((1.0, 0), *[(0.3, 0.3), (0.4, 0)] * 4, (1.0, 0)))
    assert knocks is not None
    assert (knocks.start_s, knocks.end_s) == pytest.approx((1.0, 3.4), abs=0.03)
    assert only_burst(scene((0.5, 0), (0.2, 0.3), (2.0, 0), (0.2, 0.3), (0.5, 0))) is None


def test_a_sound_up_to_the_end_of_the_clip_ends_there() -> None:
    burst = only_burst(scene((1.0, 0), (1.0, 0.3)))
    assert burst is not None
    assert burst.end_s == pytest.approx(2.0, abs=0.03)


def test_a_sound_that_fades_has_no_end() -> None:
    faded = scene((1.0, 0), (3.0, 0), noise=0)
    at_s = np.arange(3 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    faded[SAMPLE_RATE_HZ:] += (0.3 * np.exp(-2 * at_s) * np.sin(at_s * 6_400)).astype(np.float32)
    faded += 1e-3 * np.random.default_rng(0).standard_normal(len(faded)).astype(np.float32)
    burst = only_burst(faded)
    assert burst is not None
    assert burst.start_s == pytest.approx(1.0, abs=0.03)
    assert burst.end_s is None


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, np.float32),
        np.zeros(16_000, np.float32),
        scene((2.0, 0)),
        scene((2.0, 0.3)),  # it goes on all along
        scene((1.0, 0), (0.5, 0.3), (1.0, 0), noise=0.1),  # lost in noise
    ],
)
def test_where_nothing_is_plain_nothing_is_claimed(samples) -> None:
    assert only_burst(samples) is None
