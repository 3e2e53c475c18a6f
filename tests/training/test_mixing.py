"""Sounds mixed while training: exact levels, joined records, nothing untrue."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.training.conftest import example_of, sound_example, voiced_record

from uas_schema.records import QaItem
from uas_signal.levels import active_level_db
from uas_training.config import AugmentConfig
from uas_training.data.examples import Clip
from uas_training.data.mixing import Mixer, fits, mix
from uas_training.data.targets import event_labels

ALWAYS = AugmentConfig(mix_voice_probability=1, mix_sound_probability=1)


def speech() -> Clip:
    return example_of(voiced_record()).clip()


@settings(deadline=None, max_examples=30)
@given(snr_db=st.floats(-10, 30), seed=st.integers(0, 99))
def test_a_sound_comes_at_the_level_that_was_asked_for(snr_db: float, seed: int) -> None:
    clip, sound = speech(), sound_example("dog bark").clip()
    mixed = mix(clip, sound, snr_db, np.random.default_rng(seed))
    assert len(mixed.samples) == len(clip.samples)
    assert np.abs(mixed.samples).max() <= 1
    gain = np.vdot(mixed.samples, clip.samples) / np.vdot(clip.samples, clip.samples)
    if np.abs(mixed.samples).max() < 1:  # else everything was made quieter to fit
        added = mixed.samples - clip.samples
        level_db = active_level_db(added[np.flatnonzero(added)[0] :])
        assert active_level_db(clip.samples) - level_db == pytest.approx(snr_db, abs=0.5)
        assert gain == pytest.approx(1, abs=0.5)


def test_the_record_says_what_both_sound_like() -> None:
    question = QaItem(question="Rain?", answer="yes", kind="yes_no", field="continuousEvents")
    record = voiced_record(qa=(*voiced_record().qa, question))
    mixed = mix(
        example_of(record).clip(), sound_example("dog bark").clip(), 0.0, np.random.default_rng(0)
    ).record
    assert event_labels(mixed.document) == {"rain", "dog bark"}
    assert mixed.document.paralinguistics == record.document.paralinguistics
    assert mixed.document.non_linguistic_events.description == "Speech with rain in the background"
    assert [item.field for item in mixed.qa] == ["gender", "age"]


def test_quiet_speech_becomes_speech_over_the_sound() -> None:
    quiet = voiced_record()
    events = quiet.document.non_linguistic_events.model_copy(
        update={"description": "Speech in a quiet room", "continuous_events": ()}
    )
    document = quiet.document.model_copy(update={"non_linguistic_events": events})
    known = {**quiet.known, "discreteEvents": "evidence", "continuousEvents": "evidence"}
    clip = example_of(voiced_record(document=document, known=known)).clip()
    mixed = mix(clip, sound_example("dog bark").clip(), 5.0, np.random.default_rng(0)).record
    description = mixed.document.non_linguistic_events.description
    assert description == "Speech with dog bark in the background"
    assert mixed.known["discreteEvents"] == "truth"


def test_the_same_label_is_never_heard_twice() -> None:
    assert not fits(voiced_record(), sound_example("rain").record)
    mixer = Mixer([sound_example("rain")], ALWAYS)
    drawn = mixer.draw(example_of(voiced_record()), np.random.default_rng(0))
    assert drawn.record == voiced_record()


def test_a_sound_that_would_be_cut_off_does_not_fit() -> None:
    late = sound_example("dog bark", starts_s=(0.0, 0.4))
    assert not fits(voiced_record(duration_s=0.5), late.record)
    assert fits(voiced_record(duration_s=0.8), late.record)


def test_clips_whose_sounds_are_unknown_are_left_alone() -> None:
    record = voiced_record(known={**voiced_record().known, "discreteEvents": "none"})
    mixer = Mixer([sound_example("dog bark")], ALWAYS)
    assert mixer.draw(example_of(record), np.random.default_rng(0)).record == record


def test_every_label_is_drawn_as_often_as_the_others() -> None:
    sounds = [sound_example("dog bark", number) for number in range(9)] + [sound_example("bell")]
    mixer, rng = Mixer(sounds, ALWAYS), np.random.default_rng(0)
    drawn = [mixer.draw(example_of(voiced_record()), rng).record for _ in range(200)]
    bells = sum("bell" in event_labels(record.document) for record in drawn)
    assert 70 < bells < 130
