"""The embedded describer says what was put into a sound, and keeps the numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged_records import MEASURES
from numpy.typing import NDArray
from tone_voices import SAMPLE_RATE_HZ, TEXT, tone_voice

from uas_pipeline.acoustics.background import background_of
from uas_pipeline.acoustics.contour import contour_of, shimmer_db
from uas_pipeline.acoustics.formants import formants_of
from uas_pipeline.acoustics.pitch import track_pitch
from uas_pipeline.acoustics.tempo import speech_frames, tempo_of
from uas_pipeline.caption.acoustic import AcousticCaptioner, describe
from uas_pipeline.caption.backends import AcousticBackend, make_captioner
from uas_pipeline.caption.measures import measure
from uas_pipeline.caption.norms import load_norms
from uas_pipeline.caption.words import age_heard, gender_heard, prosody_heard, timbre_heard
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.synthesize.reading import values_named
from uas_signal.activity import Span

RNG = np.random.default_rng(3)
Signal = NDArray[np.float32]


def _noise(seconds: float, level_db: float) -> Signal:
    noise = RNG.standard_normal(int(seconds * SAMPLE_RATE_HZ))
    return np.asarray(noise * 10 ** (level_db / 20), np.float32)


def _phrases(gap_s: float, noise_db: float = -80.0) -> tuple[Signal, list[Span]]:
    """Two stretches of tone voice with a gap between, in noise; where they are."""
    voice, gap = tone_voice(150.0), np.zeros(int(gap_s * SAMPLE_RATE_HZ), np.float32)
    samples = np.concatenate([gap, voice, gap, voice, gap])
    spans = [Span(gap_s, gap_s + 2), Span(2 * gap_s + 2, 2 * gap_s + 4)]
    return samples + _noise(len(samples) / SAMPLE_RATE_HZ, noise_db)[: len(samples)], spans


def test_tempo_counts_syllables_and_pauses() -> None:
    samples, spans = _phrases(0.8)
    speaking = speech_frames(samples, spans)
    tempo = tempo_of(samples, speaking, np.ones_like(speaking))
    assert tempo.speech_s == pytest.approx(4.0, abs=0.3)
    assert (tempo.pauses, tempo.nuclei) == (1, 16)
    assert tempo.pause_s == pytest.approx(0.8, abs=0.2)
    assert tempo.interval_variation == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("noise_db", [-60.0, -45.0, -35.0])
def test_background_is_measured_where_nobody_speaks(noise_db: float) -> None:
    samples, spans = _phrases(1.0, noise_db)
    speaking = speech_frames(samples, spans)
    around = background_of(samples, speaking, speaking)
    assert around.level_db == pytest.approx(noise_db, abs=1.0)
    assert around.variation_db < 1.5
    assert around.flatness > 0.5
    assert around.sounds == 0
    voice_db = 10 * np.log10(np.mean(tone_voice(150.0) ** 2))
    assert around.snr_db == pytest.approx(voice_db - noise_db, abs=3.0)


def test_a_click_beside_the_voice_is_a_sound_and_a_tone_is_no_noise() -> None:
    samples, spans = _phrases(1.0)
    samples[2000:6000] += 0.2 * np.sin(np.arange(4000) * 0.5).astype(np.float32)
    speaking = speech_frames(samples, spans)
    around = background_of(samples, speaking, speaking)
    assert around.sounds == 1
    assert around.flatness < 0.05


def test_a_breath_is_soft_noise_between_words() -> None:
    samples, spans = _phrases(1.0)
    speaking = speech_frames(samples, spans)
    assert background_of(samples, speaking, speaking).breaths == 0
    breath = slice(int(3.3 * SAMPLE_RATE_HZ), int(3.7 * SAMPLE_RATE_HZ))
    samples[breath] += _noise(0.4, -48.0)
    assert background_of(samples, speaking, speaking).breaths == 1


def test_melody_and_periods_are_measured() -> None:
    rising = 150 * 2 ** (np.arange(400) * 0.005 * 3 / 12)  # 3 semitones a second
    contour = contour_of(rising)
    assert contour is not None
    assert contour.slope_semitones_per_s == pytest.approx(3.0, abs=0.01)
    assert contour.ending_semitones > 2.0
    assert contour_of(np.zeros(400)) is None
    times = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    steady = np.sin(2 * np.pi * 100 * times).astype(np.float32)
    period = (times * 100).astype(int)
    shaken = steady * np.where(period % 2, 1.0, 0.8).astype(np.float32)
    track = np.full(200, 100.0)
    assert shimmer_db(steady, track) == pytest.approx(0.0, abs=0.1)
    assert shimmer_db(shaken, track) == pytest.approx(20 * np.log10(1.25), abs=0.2)
    assert shimmer_db(steady[:100], np.zeros(2)) is None


@pytest.mark.parametrize("spacing_hz", [960.0, 1120.0, 1300.0])
def test_formants_are_those_of_the_tube(spacing_hz: float) -> None:
    """Pulses through resonators at 1/2, 3/2, 5/2, 7/2 of the spacing."""
    import scipy.signal

    pulses = np.zeros(SAMPLE_RATE_HZ, np.float32)
    pulses[:: SAMPLE_RATE_HZ // 110] = 1.0
    voice = pulses
    for number in range(5):
        angle = 2 * np.pi * spacing_hz * (number + 0.5) / SAMPLE_RATE_HZ
        radius = np.exp(-np.pi * 80 / SAMPLE_RATE_HZ)
        voice = scipy.signal.lfilter([1], [1, -2 * radius * np.cos(angle), radius**2], voice)
    found = formants_of((voice / np.abs(voice).max()).astype(np.float32), np.full(200, 110.0))
    assert found is not None
    assert found.spacing_hz == pytest.approx(spacing_hz, rel=0.04)
    assert found.third_hz == pytest.approx(2.5 * spacing_hz, rel=0.04)


def test_silence_and_noise_are_named() -> None:
    silence = describe(measure(np.zeros(SAMPLE_RATE_HZ, np.float32), "", "en"))
    assert (silence.voice, silence.environment) == (None, "Silence.")
    noise = describe(measure(_noise(1.0, -25.0), "", "en"))
    assert noise.voice is None
    assert noise.environment == "No voice; steady noise at -25 dB of full scale."


def test_the_caption_of_a_voice_says_its_words_and_keeps_its_numbers() -> None:
    caption = describe(MEASURES)
    assert caption.voice is not None
    assert "median pitch 205 Hz" in caption.voice
    assert caption.environment == "Quiet background, 35 dB under the voice."
    assert caption.measures == MEASURES
    noisy = describe({**MEASURES, "snr_db": 6.0, "breaths_count": 2.0})
    assert noisy.environment == "Loud background, 6 dB under the voice, steady, noise."
    assert "2 audible breaths" in (noisy.voice or "")


def test_words_are_left_out_where_noise_hides_them() -> None:
    assert timbre_heard(MEASURES, "Female", "Adult") == "balanced, clear"
    assert timbre_heard({**MEASURES, "snr_db": 5.0}, "Female", "Adult") is None
    assert prosody_heard({**MEASURES, "snr_db": -5.0}, "Female", "Adult") is None
    assert prosody_heard({**MEASURES, "speech_s": 0.2}, "Female", "Adult") is None
    assert prosody_heard(MEASURES, None, "Adult") is None


def test_a_child_is_heard_by_pitch_and_tract_and_has_no_sure_gender() -> None:
    child = {**MEASURES, "f0_low_hz": 260.0, "f0_median_hz": 300.0, "formant_spacing_hz": 1400.0}
    assert (age_heard(child), gender_heard(child)) == ("Child", None)
    assert (age_heard(MEASURES), gender_heard({"f0_median_hz": 100.0})) == (None, None)


def test_a_gender_is_heard_where_it_is_sure_and_no_child_may_speak() -> None:
    woman = {
        **MEASURES, "f0_median_hz": 245.0, "formant_3_hz": 3100.0, "formant_spacing_hz": 1090.0,
    }  # fmt: skip
    assert gender_heard(woman) == "Female"
    assert gender_heard({**woman, "formant_spacing_hz": 1110.0}) is None
    assert gender_heard({**woman, "f0_median_hz": 180.0, "formant_3_hz": 2850.0}) is None
    low = {**woman, "f0_median_hz": 175.0, "formant_3_hz": 3500.0, "formant_spacing_hz": 1110.0}
    assert gender_heard(low) == "Female"  # no child's voice is so low
    assert gender_heard({**MEASURES, "f0_median_hz": 110.0, "formant_3_hz": 2450.0}) == "Male"


def test_a_very_harmonic_man_is_no_woman() -> None:
    man = {**MEASURES, "f0_median_hz": 175.0, "formant_3_hz": 2670.0, "formant_spacing_hz": 1000.0}
    at_bound, above = (
        load_norms().female.probability({**man, "harmonicity_db": found}) for found in (15.0, 19.0)
    )
    assert at_bound == above
    assert gender_heard({**man, "harmonicity_db": 19.0}) is None


def test_scales_know_their_measures_and_every_norm_has_a_source() -> None:
    norms = load_norms()
    assert {scale.measure for scale in norms.scales.values()} <= set(MEASURES) | {
        "f0_slope_semitones_per_s", "interval_variation_ratio",
    }  # fmt: skip
    for part in (norms.female, norms.child, norms.reliable, *norms.scales.values()):
        assert len(part.source) > 10


def test_no_word_of_a_scale_is_read_as_an_emotion_age_or_gender() -> None:
    words = [word for scale in load_norms().scales.values() for word in scale.levels]
    for field in ("emotion", "age", "gender"):
        assert {word for word in words if values_named(field, word)} == set()


def test_the_describer_is_the_default_backend(recording: Recording) -> None:
    captioner = make_captioner(AcousticBackend())
    assert isinstance(captioner, AcousticCaptioner)
    samples = tone_voice()
    assert captioner.caption(recording, samples) == describe(measure(samples, TEXT, "en"))


@given(st.integers(1, 4000), st.sampled_from([0.0, 1e-6, 0.3, 1.0]), st.integers(0, 5))
def test_any_clip_has_a_caption(length: int, loud: float, seed: int) -> None:
    samples = (np.random.default_rng(seed).standard_normal(length) * loud).astype(np.float32)
    caption = describe(measure(np.clip(samples, -1, 1), "hello", "en"))
    assert caption.environment
    assert all(np.isfinite(value) for value in caption.measures.values())


def test_pitch_is_tracked_at_the_length_that_measures_expect() -> None:
    for length in (1, 159, 160, 161, 16_000):
        assert len(track_pitch(np.zeros(length, np.float32))) == length // 80 + 1
