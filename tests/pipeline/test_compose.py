"""A scene sounds as it was planned: onsets to the sample, signal-to-noise ratios to 0.01 dB."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tone_voices import SAMPLE_RATE_HZ, tone_voice

from uas_pipeline.corpora.sounds import Sound
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.errors import CorpusError
from uas_pipeline.simulate.compose import mix, read_sound, trim_silence
from uas_pipeline.simulate.noise import make_noise
from uas_pipeline.simulate.rooms import Room, reverberate
from uas_pipeline.simulate.scene import NoisePart, Scene, SoundPart, SpeechPart
from uas_signal.levels import active_level_db

QUIET_DB = -40.0  # far from the peak limit, so layers add up exactly


def _scene(recording: Recording, *parts: SoundPart, room: Room | None = None) -> Scene:
    speech = SpeechPart(recording, None, 0.0)
    return Scene("s", "train", 1, 4.0, QUIET_DB, speech, parts, room=room)


def _rng() -> np.random.Generator:
    return np.random.default_rng(7)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(snr_db=st.floats(-5, 20), onset_s=st.floats(0, 3))
def test_snr_and_onset_are_exact(
    recording: Recording, bell: Sound, snr_db: float, onset_s: float
) -> None:
    voice = tone_voice()
    alone = mix(_scene(recording), voice, _rng()).samples
    part = SoundPart(bell, onset_s, length_s=2.0, snr_db=snr_db)
    mixed = mix(_scene(recording, part), voice, _rng())
    layer, start = mixed.samples - alone, round(onset_s * SAMPLE_RATE_HZ)
    assert not np.abs(layer[:start]).max(initial=0.0) > 1e-6
    assert np.abs(layer[start : start + 5]).max() > 1e-7  # a fade begins with zero
    sound = layer[start : start + len(read_sound(bell.path))]  # levels count frames from the onset
    assert active_level_db(alone) - active_level_db(sound) == pytest.approx(snr_db, abs=0.01)
    assert mixed.onsets[0].start_s == pytest.approx(onset_s, abs=1e-4)
    assert mixed.onsets[0].end_s == pytest.approx(onset_s + 0.4, abs=1e-3)


def test_snr_is_exact_in_a_room(recording: Recording, hum: Sound) -> None:
    room, voice = Room(0.3, 10.0), tone_voice()
    part = SoundPart(hum, 0.0, length_s=4.0, snr_db=6.0)
    mixed = mix(_scene(recording, part, room=room), voice, _rng()).samples
    in_room = reverberate(voice, room, _rng_after(hum, room))
    speech = np.pad(in_room, (0, len(mixed) - len(in_room)))
    speech *= 10 ** ((QUIET_DB - active_level_db(in_room)) / 20)
    layer = (mixed - speech).astype(np.float32)
    assert active_level_db(speech) - active_level_db(layer) == pytest.approx(6.0, abs=0.05)


def _rng_after(sound: Sound, room: Room) -> np.random.Generator:
    """The generator as it is once the sound has been put into the room."""
    rng = _rng()
    reverberate(read_sound(sound.path), room, rng)
    return rng


def test_a_continuous_sound_lasts_as_long_as_the_clip(recording: Recording, hum: Sound) -> None:
    part = SoundPart(hum, 0.0, length_s=12.0, snr_db=0.0)
    mixed = mix(_scene(recording, part), tone_voice(), _rng())
    assert len(mixed.samples) == 4 * SAMPLE_RATE_HZ
    assert mixed.onsets[0].end_s == 4.0
    assert active_level_db(mixed.samples[-SAMPLE_RATE_HZ:]) > QUIET_DB - 6


def test_the_level_is_the_plan_s_and_the_peak_stays_below_full_scale(recording: Recording) -> None:
    speech = SpeechPart(recording, None, 0.5)
    quiet = mix(Scene("s", "train", 1, 3.0, -30.0, speech), tone_voice(), _rng()).samples
    loud = mix(Scene("s", "train", 1, 3.0, 0.0, speech), tone_voice(), _rng()).samples
    assert active_level_db(quiet) == pytest.approx(-30.0, abs=0.1)
    assert np.abs(loud).max() == pytest.approx(0.97, abs=1e-3)


def test_noise_alone_has_its_own_level_and_silence_is_digital() -> None:
    noise = NoisePart("pink", 30.0)
    heard = mix(Scene("s", "train", 1, 2.0, 0.0, noise=noise, audible_noise=True), None, _rng())
    assert 20 * np.log10(np.sqrt(np.mean(heard.samples**2))) == pytest.approx(-30.0, abs=0.1)
    silent = mix(Scene("s", "train", 1, 1.5, 0.0), None, _rng()).samples
    assert len(silent) == 1.5 * SAMPLE_RATE_HZ
    assert not silent.any()


def test_pink_noise_falls_three_decibels_an_octave() -> None:
    power = np.abs(np.fft.rfft(make_noise("pink", 1 << 17, _rng()))) ** 2
    octaves_db = [10 * np.log10(power[1 << k : 2 << k].mean()) for k in range(8, 15)]
    assert np.diff(octaves_db) == pytest.approx(-3.01, abs=0.4)


def test_a_room_moves_no_onset() -> None:
    click = np.zeros(SAMPLE_RATE_HZ, np.float32)
    click[1000] = 1.0
    wet = reverberate(click, Room(0.3, 10.0), _rng())
    assert len(wet) == len(click)
    assert np.argmax(np.abs(wet)) == 1000
    assert np.abs(wet[:1000]).max() < 1e-6
    tail_db = 10 * np.log10(np.sum(wet[1001:] ** 2))
    assert tail_db == pytest.approx(-10.0, abs=0.5)


def test_silence_is_trimmed_to_the_margin() -> None:
    tone = np.ones(SAMPLE_RATE_HZ, np.float32)
    trimmed = trim_silence(np.pad(tone, SAMPLE_RATE_HZ), margin_s=0.1)
    assert len(trimmed) == pytest.approx(1.2 * SAMPLE_RATE_HZ, abs=200)
    assert len(trim_silence(np.zeros(100, np.float32))) == 0


def test_a_silent_sound_file_is_refused_by_name(bell: Sound) -> None:
    import soundfile

    soundfile.write(bell.path, np.zeros(SAMPLE_RATE_HZ), SAMPLE_RATE_HZ)
    with pytest.raises(CorpusError, match=r"bell\.wav is silent"):
        read_sound(bell.path)
