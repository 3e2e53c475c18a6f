"""Level "logic", the voice: nulls go together, and words agree with what was measured.

Measures are compared only where they can be trusted: enough speech, far enough over the background;
those of F0 and of brightness only where no other sound is listed.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import log2

from uas_pipeline.caption.norms import load_norms
from uas_pipeline.synthesize.reading import values_named
from uas_pipeline.validate.case import Case, Check, Finding
from uas_pipeline.validate.languages import accent_language, base_code
from uas_schema.document import CLOSED_FIELDS
from uas_schema.ontology import ClosedField, load_ontology, parse_prosody, parse_timbre
from uas_schema.records import KnownField

_FREE: tuple[KnownField, ...] = ("accent", "prosody", "timbre")
_MEAN_F0_HZ = {"Male": 120.0, "Female": 210.0}  # Baken and Orlikoff 2000
_prosody = lru_cache(4096)(parse_prosody)
_timbre = lru_cache(4096)(parse_timbre)
_named = lru_cache(16_384)(lambda field, text: frozenset(values_named(field, text)))


@lru_cache(16_384)
def _all_named(text: str) -> tuple[tuple[ClosedField, frozenset[str]], ...]:
    """Gender and age as far as a text names them."""
    fields: tuple[ClosedField, ...] = ("gender", "age")
    return tuple((field, named) for field in fields if (named := _named(field, text)))


def voice_field_missing(case: Case) -> Iterator[Finding]:
    """Where a voice is heard, age, gender and emotion have a value, unless nothing is known."""
    if case.text is None:
        return
    for field in CLOSED_FIELDS:
        if getattr(case.voice, field) is None and case.record.known[field] != "none":
            message = f"a voice was heard and {field} is marked as known, but null"
            yield Finding(f"paralinguistics.{field}", message, {"known": case.record.known[field]})


def voice_field_without_voice(case: Case) -> Iterator[Finding]:
    """Where no voice is heard, nothing is said of one."""
    if case.text is not None:
        return
    for field, value in case.voice:
        if value is not None:
            message = f"no voice was heard, so {field} is null"
            yield Finding(f"paralinguistics.{field}", message, {"value": str(value)})


def known_value(case: Case) -> Iterator[Finding]:
    """A text of the voice that is marked as known is not null."""
    if case.text is None:
        return
    for field in _FREE:
        if getattr(case.voice, field) is None and case.record.known[field] == "truth":
            message = f"{field} is marked as truth, but null"
            yield Finding(f"paralinguistics.{field}", message, {"known": "truth"})


def rate_measured(case: Case) -> Iterable[Finding]:
    """The word for the pace fits the measured syllables per second."""
    value = case.measures.get("syllables_per_s")
    return _compared(case, "rate", value, "any", case.config.logic.rate_tolerance)


def pitch_measured(case: Case) -> Iterable[Finding]:
    """The word for the pitch fits the median F0, by the norms of gender and age."""
    norms = "Child" if case.voice.age == "Child" else case.voice.gender
    if norms is None or not _alone(case):
        return ()
    value = case.measures.get("f0_median_hz")
    return _compared(case, "pitch", value, norms, case.config.logic.pitch_tolerance)


def range_measured(case: Case) -> Iterable[Finding]:
    """The word for the range fits the measured range of F0."""
    if not _alone(case):
        return ()
    value = case.measures.get("f0_range_semitones")
    return _compared(case, "range", value, "any", case.config.logic.range_tolerance)


def brightness_measured(case: Case) -> Iterable[Finding]:
    """The word for the brightness fits the spectral centroid of voiced speech."""
    timbre, value, config = case.voice.timbre, case.measures.get("centroid_hz"), case.config.logic
    levels = _timbre(timbre) if timbre else None
    good = _alone(case) and _snr_db(case) >= config.brightness_snr_db
    if levels is None or value is None or not good:
        return ()
    scale = load_ontology().timbre["brightness"]
    if _fits(scale.levels, scale.bounds["any"], levels["brightness"], value,
             config.brightness_tolerance):  # fmt: skip
        return ()
    message = f"timbre says {levels['brightness']}, the spectral centroid is {value:.0f} Hz"
    return (Finding("paralinguistics.timbre", message, {"centroid_hz": value}),)


def texture_measured(case: Case) -> Iterable[Finding]:
    """A rough voice has an unsteady F0, a breathy one is noisy, a clear one is harmonic."""
    timbre, config, measures = case.voice.timbre, case.config.logic, case.measures
    levels = _timbre(timbre) if timbre else None
    good = _trusted(case) and _alone(case) and _snr_db(case) >= config.voice_snr_db
    if levels is None or not good:
        return ()
    texture = levels["texture"]
    perturbation = measures.get("f0_perturbation_ratio", 1.0)
    harmonicity_db = measures.get("harmonicity_db", 0.0)
    denied = {
        "rough": perturbation < config.rough_below_ratio,
        "breathy": harmonicity_db > config.breathy_above_db,
        "clear": "harmonicity_db" in measures and harmonicity_db < config.clear_below_db,
    }[texture]
    if not denied:
        return ()
    message = f"timbre says {texture}, but the measures of the voice do not"
    evidence: dict[str, float | str] = {
        "f0_perturbation_ratio": perturbation, "harmonicity_db": harmonicity_db,
    }  # fmt: skip
    return (Finding("paralinguistics.timbre", message, evidence),)


def gender_f0(case: Case) -> Iterable[Finding]:
    """The gender of a grown-up is not one that F0, formants and harmonicity rule out."""
    gender, config = case.voice.gender, case.config.logic
    if gender is None or case.voice.age == "Child" or not (_trusted(case) and _alone(case)):
        return ()
    female = load_norms().female.probability(case.measures)
    if female is None or _snr_db(case) < config.voice_snr_db:
        return ()
    probability = female if gender == "Female" else 1 - female
    if probability >= config.gender_probability:
        return ()
    message = f"gender is {gender}, but a voice with these measures is not"
    evidence: dict[str, float | str] = {
        "probability": round(probability, 4), "f0_median_hz": case.measures["f0_median_hz"],
    }  # fmt: skip
    return (Finding("paralinguistics.gender", message, evidence),)


def age_f0(case: Case) -> Iterable[Finding]:
    """A child's voice is not low; a grown-up's is not high with a short vocal tract."""
    f0_hz, config = case.measures.get("f0_median_hz"), case.config.logic
    age = case.voice.age
    if age is None or f0_hz is None or not (_trusted(case) and _alone(case)):
        return ()
    spacing_hz = case.measures.get("formant_spacing_hz", 0.0)
    third_hz = case.measures.get("formant_3_hz", 0.0)
    if age == "Child":
        denied = f0_hz < config.child_f0_hz
    else:
        denied = (
            f0_hz > config.grown_f0_hz
            and third_hz > config.grown_formant_3_hz
            and spacing_hz > config.grown_spacing_hz
        )
    if not denied:
        return ()
    message = f"age is {age}, but F0 and formants are of another age"
    evidence: dict[str, float | str] = {"f0_median_hz": f0_hz, "formant_spacing_hz": spacing_hz}
    return (Finding("paralinguistics.age", message, evidence),)


def emotion_prosody(case: Case) -> Iterable[Finding]:
    """The emotion is not one that pitch and range of the voice rule out."""
    emotion, gender, measures = case.voice.emotion, case.voice.gender, case.measures
    emotions = case.config.logic.emotions
    if emotion is None or emotions is None or case.voice.age == "Child":
        return ()
    if not (_trusted(case) and _alone(case)):
        return ()
    if gender not in _MEAN_F0_HZ or "f0_median_hz" not in measures or emotion not in emotions:
        return ()
    if case.record.known["emotion"] == "none":
        return ()
    over = 12 * log2(measures["f0_median_hz"] / _MEAN_F0_HZ[gender])
    spread, voice = measures["f0_range_semitones"], emotions[emotion]
    (lowest, highest), (narrowest, widest) = voice.f0_semitones, voice.range_semitones
    if lowest <= over <= highest and narrowest <= spread <= widest:
        return ()
    message = f"emotion is {emotion}, but pitch and range of the voice are not"
    evidence: dict[str, float | str] = {
        "f0_over_mean_semitones": round(over, 2), "f0_range_semitones": spread,
    }  # fmt: skip
    return (Finding("paralinguistics.emotion", message, evidence),)


def texts_agree(case: Case) -> Iterator[Finding]:
    """No text on the voice names another gender or age than the fields do."""
    for field in _FREE:
        text = getattr(case.voice, field)
        if text is None:
            continue
        for closed, named in _all_named(text):
            value = getattr(case.voice, closed)
            if value is not None and value not in named:
                other = ", ".join(sorted(named))
                message = f"{field} speaks of {other}, {closed} is {value}"
                yield Finding(f"paralinguistics.{field}", message, {"value": text})


def accent_language_agrees(case: Case) -> Iterable[Finding]:
    """The accent is one of the language that is spoken."""
    accent = case.voice.accent
    if accent is None:
        return ()
    language = accent_language(accent)
    spoken = base_code(case.record.language)
    if language is None or spoken in {language, "und"}:
        return ()
    message = f"accent {accent!r} is one of {language!r}, the language is {spoken!r}"
    return (Finding("paralinguistics.accent", message, {"language": spoken}),)


def caption_closed(case: Case) -> Iterator[Finding]:
    """Age, gender and emotion that are evidence are not denied by the caption's text."""
    text = case.voice_text
    if text is None or case.text is None:
        return
    fields: tuple[ClosedField, ...] = ("age", "gender", "emotion")
    for field in fields:
        value = getattr(case.voice, field)
        if value is None or case.record.known[field] != "evidence":
            continue
        named = _named(field, text)
        if named and value not in named:
            other = ", ".join(sorted(named))
            message = f"the caption speaks of {other}, {field} is {value}"
            yield Finding(f"paralinguistics.{field}", message, {"caption": other})


VOICE_CHECKS: dict[str, Check] = {
    "voice_field_missing": voice_field_missing,
    "voice_field_without_voice": voice_field_without_voice,
    "known_value": known_value,
    "rate_measured": rate_measured,
    "pitch_measured": pitch_measured,
    "range_measured": range_measured,
    "brightness_measured": brightness_measured,
    "texture_measured": texture_measured,
    "gender_f0": gender_f0,
    "age_f0": age_f0,
    "emotion_prosody": emotion_prosody,
    "texts_agree": texts_agree,
    "accent_language": accent_language_agrees,
    "caption_closed": caption_closed,
}


def _compared(
    case: Case, part: str, value: float | None, voice: str, tolerance: float
) -> Iterable[Finding]:
    """A level of prosody against its measure."""
    prosody = case.voice.prosody
    levels = _prosody(prosody) if prosody else None
    if levels is None or value is None or not _trusted(case):
        return ()
    scale = load_ontology().prosody[part]
    bounds = scale.bounds.get(voice)
    if bounds is None or _fits(scale.levels, bounds, levels[part], value, (tolerance, tolerance)):
        return ()
    message = f"prosody says {levels[part]} {part}, but {value:.4g} {scale.unit} is not"
    evidence: dict[str, float | str] = {"measured": value, "unit": scale.unit}
    return (Finding("paralinguistics.prosody", message, evidence),)


def _fits(
    levels: tuple[str, ...],
    bounds: tuple[float, ...],
    level: str,
    value: float,
    tolerance: tuple[float, float],
) -> bool:
    """Whether a value lies in its level, or at most these shares below or above it."""
    index, (below, above) = levels.index(level), tolerance
    if index > 0 and value < bounds[index - 1] / (1 + below):
        return False
    return index == len(bounds) or value < bounds[index] * (1 + above)


def _trusted(case: Case) -> bool:
    """Whether there is enough speech, far enough over the background."""
    config, measures = case.config.logic, case.measures
    return measures.get("speech_s", 0.0) >= config.speech_s and _snr_db(case) >= config.snr_db


def _alone(case: Case) -> bool:
    """Whether no sound is listed beside the voice, which could have been measured instead.

    A sound under the voice does not show in the signal-to-noise ratio, which knows the background
    only where nobody speaks.
    """
    return not case.events


def _snr_db(case: Case) -> float:
    return case.measures.get("snr_db", -100.0)
