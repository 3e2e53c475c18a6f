"""A recording spoken in another voice: changed by WORLD until its measures say the target's words.

The words of rate, pitch and range are true twice: the change was made for them, and the measures
of the result agree. A voice that cannot be brought there is refused with the reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from uas_pipeline.acoustics.voice import VoiceMeasures, VoiceWords, measure_voice, words_for
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.package_data import read_package_yaml
from uas_pipeline.simulate.scene import VoiceTarget
from uas_pipeline.simulate.voices import VoiceChange, VoiceParts, put_together
from uas_schema.ontology import Scale, load_ontology
from uas_schema.strict import Strict

Bounds = tuple[float, float]
_ATTEMPTS = 3
# How far a level without an outer bound reaches, as a factor of the bound that it has.
_OUTER: Mapping[str, Bounds] = {"rate": (0.62, 1.35), "pitch": (0.75, 1.4), "range": (0.45, 1.6)}
_EDGE = 0.2  # share of a level, in logarithms, that goals keep away from its bounds
_RATE_LIMITS: Bounds = (0.5, 2.0)
_RANGE_LIMITS: Bounds = (0.1, 4.0)


class AgeVoice(Strict):
    """Changes that make a voice sound of an age, and how often each level of prosody occurs."""

    formants: Mapping[str, Bounds]
    jitter: Bounds
    tremor_semitones: Bounds
    breath: Bounds
    rate_weights: tuple[float, float, float]
    pitch_weights: Mapping[str, tuple[float, float, float]]


class AgeFile(Strict):
    """``data/ages.yaml`` as it is written."""

    Child: AgeVoice
    Adult: AgeVoice
    Elderly: AgeVoice


@dataclass(frozen=True)
class Goal:
    """Numbers to reach: syllables/s, Hz, semitones."""

    rate: float
    pitch: float
    range: float


class TargetMissedError(Exception):
    """A voice that could not be brought to its target; the message says what it became."""


@cache
def load_ages() -> Mapping[str, AgeVoice]:
    """How a voice is made to sound of an age (read once)."""
    file = read_package_yaml(AgeFile, "uas_pipeline.simulate", "data/ages.yaml")
    return {"Child": file.Child, "Adult": file.Adult, "Elderly": file.Elderly}


def speak_as(
    recording: Recording,
    parts: VoiceParts,
    as_it_is: VoiceMeasures,
    target: VoiceTarget,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], VoiceWords]:
    """Bring a recording to its target; returns ``[T] float32`` at 16 kHz and its words.

    Args:
        recording: who says what.
        parts: its voice, taken apart.
        as_it_is: measures of the voice put together without a change.
        target: what it is to become.
        rng: draws the numbers within the target's words.

    Raises ``TargetMissedError`` when the measures still disagree after a few corrections.
    """
    goal = _goal(target, recording.voice.norms, rng)
    change = _corrected(_age_change(recording, target, rng), as_it_is, goal)
    words = None
    for _ in range(_ATTEMPTS):
        samples = put_together(parts, change, rng)
        measures = measure_voice(samples, recording.text, recording.language)
        words = words_for(measures, recording.voice.norms, target.age)
        if words and (words.rate, words.pitch, words.range) == (
            target.rate, target.pitch, target.range,
        ):  # fmt: skip
            return samples, words
        change = _corrected(change, measures, goal)
    became = words.prosody if words else "too little voice to measure"
    raise TargetMissedError(f"wanted {target.rate}, {target.pitch}, {target.range}: {became}")


def _goal(target: VoiceTarget, gender: str, rng: np.random.Generator) -> Goal:
    scales = load_ontology().prosody
    norms = target.age if target.age == "Child" else gender
    return Goal(
        rate=_inside(scales["rate"], target.rate, "any", _OUTER["rate"], rng),
        pitch=_inside(scales["pitch"], target.pitch, norms, _OUTER["pitch"], rng),
        range=_inside(scales["range"], target.range, "any", _OUTER["range"], rng),
    )


def _inside(scale: Scale, level: str, voice: str, outer: Bounds, rng: np.random.Generator) -> float:
    """A value well inside a level, even in logarithms."""
    bounds = scale.bounds[voice]
    edges = (bounds[0] * outer[0], *bounds, bounds[-1] * outer[1])
    index = scale.levels.index(level)
    low, high = np.log(edges[index]), np.log(edges[index + 1])
    return float(np.exp(low + (high - low) * rng.uniform(_EDGE, 1 - _EDGE)))


def _age_change(recording: Recording, target: VoiceTarget, rng: np.random.Generator) -> VoiceChange:
    age = load_ages()[target.age]
    return VoiceChange(
        formants=rng.uniform(*age.formants[recording.voice.norms]),
        tremor_semitones=rng.uniform(*age.tremor_semitones),
        jitter=rng.uniform(*age.jitter),
        breath=rng.uniform(*age.breath),
    )


def _corrected(change: VoiceChange, measures: VoiceMeasures, goal: Goal) -> VoiceChange:
    if not (measures.pitch and measures.syllables_per_s):
        raise TargetMissedError("too little voice to measure")
    rate = change.rate * goal.rate / measures.syllables_per_s
    spread = change.range * goal.range / max(measures.pitch.range_semitones, 0.5)
    return replace(
        change,
        rate=float(np.clip(rate, *_RATE_LIMITS)),
        pitch=change.pitch * goal.pitch / measures.pitch.median_hz,
        range=float(np.clip(spread, *_RANGE_LIMITS)),
    )
