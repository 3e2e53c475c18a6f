"""Measures of a voice and the ontology's words for them.

Words come from the bounds in the ontology. Texture has no bounds there: it is "rough" where F0
trembles from frame to frame, "breathy" where the voice is noisy without trembling. Knows nothing
of the speaker's emotion, and takes gender and age from the caller: norms of pitch need them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uas_pipeline.acoustics.pitch import Pitch, pitch_of, track_pitch
from uas_pipeline.acoustics.syllables import count_syllables
from uas_pipeline.acoustics.timbre import Timbre, timbre_of
from uas_schema.ontology import format_prosody, format_timbre, load_ontology
from uas_signal.levels import speaking_time_s

ROUGH_PERTURBATION = 0.0085
# A man's longer period takes in more of the room's noise: his bound is lower.
BREATHY_HARMONICITY_DB = {"Male": 4.0, "Female": 7.0}


@dataclass(frozen=True)
class VoiceMeasures:
    """What was measured of a voice; None where there was too little of it."""

    pitch: Pitch | None
    timbre: Timbre | None
    syllables_per_s: float | None
    speech_s: float


@dataclass(frozen=True)
class VoiceWords:
    """The ontology's words for the measures of a voice."""

    rate: str
    pitch: str
    range: str
    brightness: str
    texture: str

    @property
    def prosody(self) -> str:
        """Text of the prosody field."""
        return format_prosody(self.rate, self.pitch, self.range)

    @property
    def timbre(self) -> str:
        """Text of the timbre field."""
        return format_timbre(self.brightness, self.texture)


def measure_voice(samples: NDArray[np.float32], text: str, language: str) -> VoiceMeasures:
    """Measure a clip of one speaker: ``[T] float32`` at 16 kHz, and what is said in it."""
    track_hz = track_pitch(samples)
    speech_s = speaking_time_s(samples)
    syllables = count_syllables(text, language)
    return VoiceMeasures(
        pitch=pitch_of(track_hz),
        timbre=timbre_of(samples, track_hz),
        syllables_per_s=syllables / speech_s if syllables and speech_s else None,
        speech_s=speech_s,
    )


def words_for(measures: VoiceMeasures, gender: str, age: str) -> VoiceWords | None:
    """Words for measures of a voice, or None when pitch, rate or timbre could not be measured."""
    if not (measures.pitch and measures.timbre and measures.syllables_per_s):
        return None
    ontology = load_ontology()
    norms = age if age == "Child" else gender
    return VoiceWords(
        rate=ontology.prosody["rate"].level(measures.syllables_per_s),
        pitch=ontology.prosody["pitch"].level(measures.pitch.median_hz, norms),
        range=ontology.prosody["range"].level(measures.pitch.range_semitones),
        brightness=ontology.timbre["brightness"].level(measures.timbre.centroid_hz),
        texture=_texture(measures.pitch, measures.timbre, gender),
    )


def _texture(pitch: Pitch, timbre: Timbre, gender: str) -> str:
    if pitch.perturbation >= ROUGH_PERTURBATION:
        return "rough"
    return "breathy" if timbre.harmonicity_db < BREATHY_HARMONICITY_DB[gender] else "clear"
