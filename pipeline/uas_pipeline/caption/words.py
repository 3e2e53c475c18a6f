"""The ontology's words that the measures of a clip support.

Gender and age may be given where somebody knows them; norms of pitch and texture need them. Knows
nothing of what a corpus says.
"""

from collections.abc import Mapping

from uas_pipeline.acoustics.pitch import Pitch
from uas_pipeline.acoustics.timbre import Timbre
from uas_pipeline.acoustics.voice import VoiceMeasures, VoiceWords, words_for
from uas_pipeline.caption.norms import load_norms
from uas_schema.ontology import load_ontology

_NEEDED = (
    "f0_median_hz", "f0_range_semitones", "f0_perturbation_ratio", "centroid_hz", "harmonicity_db",
)  # fmt: skip


def has_voice(measures: Mapping[str, float]) -> bool:
    """Whether voice activity heard anybody."""
    return measures.get("speech_s", 0.0) > 0


def gender_heard(measures: Mapping[str, float]) -> str | None:
    """Gender of an adult voice where the score is sure; None where it may be a child's."""
    norms = load_norms()
    score, child, probability = norms.female, norms.child, norms.female.probability(measures)
    noisy = measures.get("snr_db", 0.0) < norms.reliable.timbre_snr_db
    young = (
        measures.get("formant_spacing_hz", 0.0) >= child.perhaps_spacing_hz
        and measures.get("f0_median_hz", 0.0) >= child.perhaps_f0_median_hz
    )
    if probability is None or noisy or young:
        return None
    male, female = load_ontology().closed["gender"]
    if probability >= score.sure:
        return female
    return male if probability <= 1 - score.sure else None


def age_heard(measures: Mapping[str, float]) -> str | None:
    """A child where the measures say so clearly, else None: adults and the old sound alike here."""
    child = load_norms().child
    is_child = (
        measures.get("formant_spacing_hz", 0.0) >= child.formant_spacing_hz
        and measures.get("f0_low_hz", 0.0) >= child.f0_low_hz
    )
    return load_ontology().closed["age"][0] if is_child else None


def voice_words(
    measures: Mapping[str, float], gender: str | None, age: str | None
) -> VoiceWords | None:
    """Words for rate, pitch, range, brightness and texture, or None when one was not measured."""
    if any(name not in measures for name in _NEEDED):
        return None
    found = VoiceMeasures(
        pitch=Pitch(
            median_hz=measures["f0_median_hz"],
            range_semitones=measures["f0_range_semitones"],
            perturbation=measures["f0_perturbation_ratio"],
            voiced_share=0.0,  # no word depends on it
        ),
        timbre=Timbre(measures["centroid_hz"], measures["harmonicity_db"]),
        syllables_per_s=measures.get("syllables_per_s"),
        speech_s=measures["speech_s"],
    )
    return words_for(found, gender, age)


def prosody_heard(measures: Mapping[str, float], gender: str | None, age: str | None) -> str | None:
    """Text of the prosody field, or None where speech is too short or drowned."""
    reliable = load_norms().reliable
    clear = measures.get("snr_db", 0.0) >= reliable.pitch_snr_db
    if measures.get("speech_s", 0.0) < reliable.speech_s or not clear:
        return None
    words = voice_words(measures, gender, age)
    return words.prosody if words else None


def timbre_heard(measures: Mapping[str, float], gender: str | None, age: str | None) -> str | None:
    """Text of the timbre field, or None where noise hides it."""
    if measures.get("snr_db", 0.0) < load_norms().reliable.timbre_snr_db:
        return None
    words = voice_words({"syllables_per_s": 1.0, **measures}, gender, age)
    return words.timbre if words else None
