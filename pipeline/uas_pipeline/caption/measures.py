"""All that is measured of a clip, by names that carry their units.

Voice is measured only where voice activity hears one, so sounds beside it do not count as voice.
What could not be measured is left out. Knows nothing of words.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from uas_pipeline.acoustics.background import background_of
from uas_pipeline.acoustics.contour import contour_of, shimmer_db
from uas_pipeline.acoustics.formants import formants_of
from uas_pipeline.acoustics.pitch import FRAME_S, pitch_of, track_pitch
from uas_pipeline.acoustics.syllables import count_syllables
from uas_pipeline.acoustics.tempo import Tempo, speech_frames, tempo_of
from uas_pipeline.acoustics.timbre import timbre_of
from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import frame_levels, voice_activity
from uas_signal.levels import speaking_time_s

Measures = dict[str, float]
_Named = Iterator[tuple[str, float | None]]

_DIGITS = 4  # significant ones: more would be noise
_CLIPPED = 0.999
_USUAL_DB = -20.0  # loudest 10 ms of speech, in dB of full scale
_SILENT_DB = -60.0
_LOW_PERCENTILE = 10
_STEPS_PER_FRAME = 2  # of the pitch track, in 10 ms


def measure(samples: NDArray[np.float32], text: str, language: str) -> Measures:
    """Measures of a clip: ``[T] float32``, mono, 16 kHz, at least one sample.

    ``text`` is what the corpus says is spoken; only the articulation rate is made from it.
    """
    speaking = speech_frames(samples, voice_activity(_raised(samples)))
    track_hz = track_pitch(samples)
    frames = np.minimum(np.arange(len(track_hz)) // _STEPS_PER_FRAME, len(speaking) - 1)
    voiced = np.zeros(len(speaking), np.bool_)
    voiced[frames[track_hz > 0]] = True
    spoken_hz = np.where(speaking[frames], track_hz, 0.0)
    found = dict(_whole(samples))
    found["pitched_s"] = float(np.sum(track_hz > 0)) * FRAME_S
    found |= dict(_surroundings(samples, speaking, voiced))
    if speaking.any():
        tempo = tempo_of(samples, speaking, voiced)
        found |= dict(_tempo(tempo, count_syllables(text, language)))
        found |= dict(_voice(samples, spoken_hz))
        levels_db = frame_levels(samples)[speaking]
        low_db, high_db = np.percentile(levels_db, [10, 90])
        found |= {"speech_level_db": float(levels_db.max()), "dynamics_db": high_db - low_db}
    return {name: _rounded(value) for name, value in found.items() if value is not None}


def _raised(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The clip as loud as speech usually is: a quiet voice is heard late or not at all."""
    loudest_db = float(frame_levels(samples).max())
    if not _SILENT_DB < loudest_db < _USUAL_DB:
        return samples
    return np.asarray(samples * 10 ** ((_USUAL_DB - loudest_db) / 20), np.float32)


def _whole(samples: NDArray[np.float32]) -> _Named:
    yield "duration_s", len(samples) / SAMPLE_RATE_HZ
    yield "sounding_s", speaking_time_s(samples)
    yield "level_db", float(frame_levels(samples).max())
    yield "clipped_ratio", float(np.mean(np.abs(samples) >= _CLIPPED))


def _surroundings(
    samples: NDArray[np.float32], speaking: NDArray[np.bool_], voiced: NDArray[np.bool_]
) -> _Named:
    around = background_of(samples, speaking, voiced)
    yield "snr_db", around.snr_db
    yield "background_db", around.level_db
    yield "background_variation_db", around.variation_db
    yield "background_flatness_ratio", around.flatness
    yield "background_sounds_count", around.sounds
    yield "speech_s", 0.0
    if speaking.any():
        yield "breaths_count", around.breaths


def _tempo(tempo: Tempo, syllables: int | None) -> _Named:
    yield "speech_s", tempo.speech_s
    yield "pauses_count", tempo.pauses
    yield "pause_ratio", tempo.pause_s / (tempo.pause_s + tempo.speech_s)
    yield "nuclei_count", tempo.nuclei
    yield "interval_variation_ratio", tempo.interval_variation
    yield "syllables_per_s", syllables / tempo.speech_s if syllables else None


def _voice(samples: NDArray[np.float32], spoken_hz: NDArray[np.float64]) -> _Named:
    pitch = pitch_of(spoken_hz)
    if pitch is None:
        return
    yield "f0_median_hz", pitch.median_hz
    yield "f0_low_hz", float(np.percentile(spoken_hz[spoken_hz > 0], _LOW_PERCENTILE))
    yield "f0_range_semitones", pitch.range_semitones
    yield "f0_perturbation_ratio", pitch.perturbation
    yield "voiced_s", pitch.voiced_share * len(spoken_hz) * FRAME_S
    yield "shimmer_db", shimmer_db(samples, spoken_hz)
    if contour := contour_of(spoken_hz):
        yield "f0_slope_semitones_per_s", contour.slope_semitones_per_s
        yield "f0_ending_semitones", contour.ending_semitones
    if timbre := timbre_of(samples, spoken_hz):
        yield "centroid_hz", timbre.centroid_hz
        yield "harmonicity_db", timbre.harmonicity_db
    if formants := formants_of(samples, spoken_hz):
        yield "formant_spacing_hz", formants.spacing_hz
        yield "formant_3_hz", formants.third_hz


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
