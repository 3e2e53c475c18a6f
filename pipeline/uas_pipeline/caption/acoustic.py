"""The embedded describer: measures, and words for them by published norms. No model.

It hears no accent, no emotion and not what makes a sound, and says nothing of them.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from uas_pipeline.caption.caption import Caption
from uas_pipeline.caption.measures import measure
from uas_pipeline.caption.norms import Norms, load_norms
from uas_pipeline.caption.words import (
    age_heard,
    gender_heard,
    has_voice,
    prosody_heard,
    timbre_heard,
)
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.package_data import read_package_yaml
from uas_pipeline.templates import Template, fill
from uas_schema.strict import Strict

BACKEND = "acoustic"
_VOICE_SCALES = ("contour", "pauses", "rhythm", "dynamics", "steadiness")


class Phrases(Strict):
    """``data/phrases.yaml`` as it is written."""

    voice: Template
    environment: Template


class AcousticCaptioner:
    """Describes clips by measures alone."""

    def caption(self, recording: Recording, samples: NDArray[np.float32]) -> Caption:
        """Describe ``[T] float32``, mono, 16 kHz, at least one sample."""
        measures = measure(samples, recording.text, recording.language)
        return describe(measures)


def describe(measures: Mapping[str, float]) -> Caption:
    """The caption of measures."""
    norms, phrases = load_norms(), load_phrases()
    return Caption(
        voice=_voice(measures, norms, phrases) if has_voice(measures) else None,
        environment=_environment(measures, norms, phrases),
        measures=dict(measures),
        backend=BACKEND,
        version=norms.version,
    )


@cache
def load_phrases() -> Phrases:
    """Read the phrases (once)."""
    return read_package_yaml(Phrases, "uas_pipeline.caption", "data/phrases.yaml")


def _voice(measures: Mapping[str, float], norms: Norms, phrases: Phrases) -> str:
    gender, age = gender_heard(measures), age_heard(measures)
    f0_hz = measures.get("f0_median_hz")
    return fill(
        phrases.voice,
        gender=gender,
        age=age,
        prosody=prosody_heard(measures, gender, age),
        timbre=timbre_heard(measures, gender, age),
        f0_hz=None if f0_hz is None else round(f0_hz),
        breaths=int(measures.get("breaths_count", 0)),
        **{scale: norms.level(scale, measures) for scale in _VOICE_SCALES},
    )


def _environment(measures: Mapping[str, float], norms: Norms, phrases: Phrases) -> str:
    return fill(
        phrases.environment,
        silent=is_silent(measures),
        speech=has_voice(measures),
        noise=is_noise(measures),
        sounds=int(measures["background_sounds_count"]),
        snr_db=round(measures.get("snr_db", 0.0)),
        background_db=round(measures["background_db"]),
        quiet=norms.level("quiet", measures),
        movement=norms.level("movement", measures),
    )


def is_silent(measures: Mapping[str, float]) -> bool:
    """Whether nothing can be heard in the clip at all."""
    return measures["level_db"] < load_norms().silence_db


def is_noise(measures: Mapping[str, float]) -> bool:
    """Whether the background is steady noise."""
    norms = load_norms()
    return (
        norms.level("movement", measures) == norms.scales["movement"].levels[0]
        and measures["background_flatness_ratio"] >= norms.noise_flatness
    )
