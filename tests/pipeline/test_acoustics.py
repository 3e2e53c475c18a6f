"""Measures of a voice agree with how it was made."""

import numpy as np
import pytest
from tone_voices import SAMPLE_RATE_HZ, TEXT, tone_voice

from uas_pipeline.acoustics.pitch import pitch_of, track_pitch
from uas_pipeline.acoustics.syllables import count_syllables
from uas_pipeline.acoustics.voice import measure_voice, words_for


@pytest.mark.parametrize("f0_hz", [90.0, 140.0, 220.0, 320.0])
def test_pitch_and_its_range_are_those_of_the_tones(f0_hz: float) -> None:
    pitch = pitch_of(track_pitch(tone_voice(f0_hz)))
    assert pitch is not None
    assert pitch.median_hz == pytest.approx(f0_hz, rel=0.1)
    assert 4.0 < pitch.range_semitones < 6.5  # a sine of 3 semitones up and down


def test_noise_has_no_words() -> None:
    noise = np.random.default_rng(1).standard_normal(SAMPLE_RATE_HZ).astype(np.float32) * 0.1
    assert words_for(measure_voice(noise, "hello", "en"), "Female", "Adult") is None


def test_words_follow_the_norms_of_the_voice() -> None:
    measures = measure_voice(tone_voice(210.0), TEXT, "en")
    as_woman = words_for(measures, "Female", "Adult")
    as_man = words_for(measures, "Male", "Adult")
    as_child = words_for(measures, "Female", "Child")
    assert as_woman is not None
    assert as_man is not None
    assert as_child is not None
    assert (as_woman.pitch, as_man.pitch, as_child.pitch) == ("medium", "high", "low")
    assert as_woman.prosody == "moderate pace, medium pitch, moderate range"


@pytest.mark.parametrize(
    ("text", "language", "syllables"),
    [
        ("Kids are talking by the door.", "en", 7),
        ("Please put the lamp on the table.", "en", 8),
        ("She wanted two horses.", "en", 6),
        ("Der Lappen liegt auf dem Eisschrank.", "de", 8),
        ("Press 1", "en", None),
        ("...", "en", None),
    ],
)
def test_syllables_are_counted_from_the_spelling(
    text: str, language: str, syllables: int | None
) -> None:
    assert count_syllables(text, language) == syllables
