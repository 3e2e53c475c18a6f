"""The document of a scene: what is known because it was planned, and what was measured.

"truth" is what the corpus or the plan says, "evidence" what was measured, "none" what nothing
supports. Knows nothing of files.
"""

import numpy as np
from numpy.typing import NDArray

from uas_pipeline.acoustics.voice import VoiceWords
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.simulate.compose import trim_silence
from uas_pipeline.simulate.scene import Scene, SoundPart
from uas_schema.document import Event, NonLinguisticEvents, Paralinguistics, UasDocument
from uas_schema.ontology import load_ontology
from uas_schema.records import Knowledge, KnownField
from uas_signal import SAMPLE_RATE_HZ

NOISE_LABEL = "static"
_BRIEF_S, _LONG_S = 0.5, 2.0
_STEADY_DB = 5.0  # standard deviation of 100 ms levels
_DARK_HZ, _BRIGHT_HZ = 1000.0, 2500.0
_BLOCK = SAMPLE_RATE_HZ // 10

Signal = NDArray[np.float32]


def document_of(scene: Scene, words: VoiceWords | None, heard: tuple[Signal, ...]) -> UasDocument:
    """Document of a scene.

    Args:
        scene: the plan.
        words: words for the voice as it sounds; None when it could not be measured.
        heard: ``[T] float32`` of each of the scene's sounds, as loud as the file has it.
    """
    events = [(part, _event(part, sound)) for part, sound in zip(scene.sounds, heard, strict=True)]
    discrete = tuple(event for part, event in events if part.sound.kind == "discrete")
    continuous = tuple(event for part, event in events if part.sound.kind != "discrete")
    if scene.audible_noise:
        continuous += (Event(label=NOISE_LABEL, characteristic="steady"),)
    description = describe(scene)
    if scene.speech is None:
        return UasDocument.no_voice(description, discrete, continuous)
    return UasDocument(
        transcription=scene.speech.recording.text,
        paralinguistics=_paralinguistics(scene, scene.speech.recording, words),
        non_linguistic_events=NonLinguisticEvents(
            description=description, discrete_events=discrete, continuous_events=continuous
        ),
    )


def known_of(scene: Scene, words: VoiceWords | None) -> dict[KnownField, Knowledge]:
    """How sure each field of the scene's document is."""
    composed = scene.speech is None or scene.speech.target is not None or bool(scene.sounds)
    heard: Knowledge = "truth" if composed or scene.noise is not None else "evidence"
    known: dict[KnownField, Knowledge] = {
        "transcription": "truth",
        "description": heard,
        "discreteEvents": heard,
        "continuousEvents": heard,
    }
    if scene.speech is None:
        return known | dict.fromkeys(
            ("age", "gender", "emotion", "accent", "prosody", "timbre"), "truth"
        )
    recording, changed = scene.speech.recording, scene.speech.target is not None
    return known | {
        "age": "truth",
        "gender": "truth",
        "emotion": recording.emotion_known,
        "accent": "truth" if recording.voice.accent else "none",
        "prosody": "none" if words is None else "truth" if changed else "evidence",
        "timbre": "none" if words is None else "evidence",
    }


def describe(scene: Scene) -> str:
    """Phrase for the whole scene, from the ontology's scenes."""
    ontology = load_ontology()
    if scene.speech is not None:
        if scene.sounds:
            loudest = min(scene.sounds, key=lambda part: part.snr_db or 0.0)
            return ontology.scenes["speech_over"].format(sound=loudest.sound.label)
        return ontology.scenes["speech_noise" if scene.audible_noise else "speech_quiet"]
    if scene.sounds:
        category = ontology.category(scene.sounds[0].sound.label)
        return ontology.scenes[category or "noise"]
    return ontology.scenes["noise" if scene.audible_noise else "silence"]


def _paralinguistics(
    scene: Scene, recording: Recording, words: VoiceWords | None
) -> Paralinguistics:
    target = scene.speech.target if scene.speech else None
    return Paralinguistics(
        age=target.age if target else recording.voice.age,
        gender=recording.voice.gender,
        emotion=recording.emotion,
        accent=recording.voice.accent,
        prosody=words.prosody if words else None,
        timbre=words.timbre if words else None,
    )


def _event(part: SoundPart, sound: Signal) -> Event:
    first = (
        _length_word(len(trim_silence(sound)) / SAMPLE_RATE_HZ)
        if part.sound.kind == "discrete"
        else _movement_word(sound)
    )
    return Event(label=part.sound.label, characteristic=f"{first}, {_colour_word(sound)}")


def _length_word(length_s: float) -> str:
    return "brief" if length_s < _BRIEF_S else "long" if length_s >= _LONG_S else "short"


def _movement_word(sound: Signal) -> str:
    blocks = sound[: len(sound) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    levels_db = 10 * np.log10(np.mean(np.square(blocks), axis=1) + 1e-9)
    return "steady" if levels_db.std() < _STEADY_DB else "varying"


def _colour_word(sound: Signal) -> str:
    magnitude = np.abs(np.fft.rfft(sound))
    bins_hz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE_HZ)
    centroid_hz = float(magnitude @ bins_hz / max(float(magnitude.sum()), 1e-9))
    if centroid_hz < _DARK_HZ:
        return "dark"
    return "bright" if centroid_hz >= _BRIGHT_HZ else "balanced"
