"""Which checks run, and their thresholds: ``data/thresholds.yaml``, changed where wanted."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from uas_pipeline.validate.languages import Range
from uas_schema.errors import DataError
from uas_schema.strict import Strict, explain

FreeText = Literal["accent", "prosody", "timbre", "description", "characteristic", "label"]
Changes = Mapping[str, object]
_SOURCE = "thresholds.yaml"


class OntologyThresholds(Strict):
    """Vocabularies beyond the ontology's file. ``free`` texts are not held to one."""

    free: tuple[FreeText, ...]
    placeholders: frozenset[str]
    discrete_words: frozenset[str]
    continuous_words: frozenset[str]
    colour_words: frozenset[str]


class TranscriptionThresholds(Strict):
    """How far a transcription may differ from the corpus's text and from its language."""

    word_error_rate: float = Field(ge=0)
    character_error_rate: float = Field(ge=0)
    span_words: int = Field(ge=1)
    script_share: float = Field(ge=0, le=1)
    foreign_words: int = Field(ge=1)
    loop_repeats: int = Field(ge=1)
    loop_characters: int = Field(ge=2)


class EmotionVoice(Strict):
    """Median F0 over the mean of its gender, and range of F0, that an emotion may have."""

    f0_semitones: Range
    range_semitones: Range


class LogicThresholds(Strict):
    """How far words may be from measures, and where a measure denies a word."""

    snr_db: float
    speech_s: float
    rate_tolerance: float = Field(ge=0)
    pitch_tolerance: float = Field(ge=0)
    range_tolerance: float = Field(ge=0)
    brightness_tolerance: Range
    brightness_snr_db: float
    rough_below_ratio: float
    breathy_above_db: float
    clear_below_db: float
    gender_probability: float = Field(ge=0, le=1)
    voice_snr_db: float
    child_f0_hz: float
    grown_f0_hz: float
    grown_formant_3_hz: float
    grown_spacing_hz: float
    emotions: dict[str, EmotionVoice] | None
    quiet_below_snr_db: float
    steady_background_db: float
    voice_missed_snr_db: float
    noisy_above_snr_db: float
    silent_db: float
    sound_above_db: float


class DurationThresholds(Strict):
    """How much text and how many events fit into how much sound."""

    shortest_s: float
    longest_s: float
    difference_ratio: float = Field(ge=0)
    syllables_per_s: Range
    syllables_per_nucleus: Range
    fewest_syllables: int
    heard_speech_s: float
    heard_speech_ratio: float
    widest_formants_hz: float
    silent_speech_s: float
    events_per_s: float
    events_at_once: int
    onset_s: float
    brief_s: float
    long_s: float


class ValidationConfig(Strict):
    """Checks that are left out by name, and the thresholds of each level."""

    skip: tuple[str, ...]
    ontology: OntologyThresholds
    transcription: TranscriptionThresholds
    logic: LogicThresholds
    duration: DurationThresholds


def validation_config(changes: Changes | None = None, source: str = _SOURCE) -> ValidationConfig:
    """The shipped thresholds with some of them changed: ``{"logic": {"rate_tolerance": 0.3}}``.

    Raises ``DataError`` that names ``source``, the key and the nearest valid key.
    """
    try:
        return ValidationConfig.model_validate(_merged(_shipped(), changes or {}))
    except ValidationError as error:
        raise DataError(f"{source}: {explain(error, ValidationConfig)}") from error


def _merged(base: Changes, changes: Changes) -> dict[str, object]:
    """``base`` with the values of ``changes``, mapping by mapping."""
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(old, value) if both else value  # type: ignore[arg-type] # mappings
    return merged


@cache
def _shipped() -> dict[str, object]:
    text = files("uas_pipeline.validate").joinpath("data", _SOURCE).read_text(encoding="utf-8")
    shipped: dict[str, object] = yaml.safe_load(text)
    return shipped
