"""Changed voices are what the change says, and what the target's words say."""

import numpy as np
import pytest
from tone_voices import SAMPLE_RATE_HZ, TEXT, tone_voice

from uas_pipeline.acoustics.pitch import pitch_of, track_pitch
from uas_pipeline.acoustics.voice import measure_voice
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.simulate.scene import VoiceTarget
from uas_pipeline.simulate.targets import TargetMissedError, load_ages, speak_as
from uas_pipeline.simulate.voices import VoiceChange, put_together, take_apart
from uas_schema.document import CLOSED_FIELDS


def _rng() -> np.random.Generator:
    return np.random.default_rng(3)


def _centroid_hz(samples: np.ndarray) -> float:
    magnitude = np.abs(np.fft.rfft(samples))
    return float(magnitude @ np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ) / magnitude.sum())


@pytest.mark.parametrize("factor", [0.8, 1.45, 2.0])
def test_pitch_is_multiplied(factor: float) -> None:
    changed = put_together(take_apart(tone_voice()), VoiceChange(pitch=factor), _rng())
    before, after = pitch_of(track_pitch(tone_voice())), pitch_of(track_pitch(changed))
    assert before is not None
    assert after is not None
    assert after.median_hz / before.median_hz == pytest.approx(factor, rel=0.04)


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.7])
def test_rate_divides_the_length(factor: float) -> None:
    changed = put_together(take_apart(tone_voice()), VoiceChange(rate=factor), _rng())
    assert len(changed) == pytest.approx(2 * SAMPLE_RATE_HZ / factor, rel=0.01)


def test_range_formants_and_breath_do_what_they_say() -> None:
    parts = take_apart(tone_voice())
    plain = put_together(parts, VoiceChange(), _rng())
    flat = pitch_of(track_pitch(put_together(parts, VoiceChange(range=0.2), _rng())))
    assert flat is not None
    assert flat.range_semitones < 2.0
    raised = put_together(parts, VoiceChange(formants=1.3), _rng())
    assert _centroid_hz(raised) > 1.1 * _centroid_hz(plain)
    clear = measure_voice(plain, TEXT, "en").timbre
    breathy = measure_voice(put_together(parts, VoiceChange(breath=1.0), _rng()), TEXT, "en").timbre
    assert clear is not None
    assert breathy is not None
    assert breathy.harmonicity_db < clear.harmonicity_db - 1


@pytest.mark.parametrize("age", CLOSED_FIELDS["age"])
def test_the_words_of_a_target_are_measured_on_the_result(recording: Recording, age: str) -> None:
    parts = take_apart(tone_voice())
    as_it_is = measure_voice(tone_voice(), TEXT, "en")
    target = VoiceTarget(age, "slow", "high", "wide")
    _, words = speak_as(recording, parts, as_it_is, target, _rng())
    assert (words.rate, words.pitch, words.range) == ("slow", "high", "wide")


def test_a_voice_that_cannot_get_there_is_refused_with_the_reason(recording: Recording) -> None:
    noise = (0.1 * _rng().standard_normal(2 * SAMPLE_RATE_HZ)).astype(np.float32)
    as_it_is = measure_voice(noise, TEXT, "en")
    target = VoiceTarget("Adult", "slow", "high", "wide")
    with pytest.raises(TargetMissedError, match="too little voice"):
        speak_as(recording, take_apart(noise), as_it_is, target, _rng())


def test_every_age_has_a_voice() -> None:
    assert tuple(load_ages()) == CLOSED_FIELDS["age"]
