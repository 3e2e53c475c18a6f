"""What a corpus says of a clip, in the ontology's words. These facts are "truth".

A word that nobody knows rejects the clip or says nothing, as configured; a corpus that says
"unknown" says nothing. Knows nothing of captions.
"""

from collections.abc import Mapping
from functools import cache

from uas_pipeline.corpora.speech import Recording
from uas_pipeline.errors import Rejected
from uas_pipeline.package_data import read_package_yaml
from uas_pipeline.synthesize.config import MergeConfig, Unknown
from uas_schema.ontology import Ontology, load_ontology, plain_name
from uas_schema.records import KnownField
from uas_schema.strict import Strict

_OLDEST_YEARS = 120.0


class ReadingFile(Strict):
    """``data/reading.yaml`` as it is written."""

    unsaid: tuple[str, ...]
    topics: Mapping[KnownField, tuple[str, ...]]
    negations: tuple[str, ...]
    negation_words: int
    ambiguous: tuple[str, ...]


@cache
def load_reading() -> ReadingFile:
    """Read how words are read (once)."""
    return read_package_yaml(ReadingFile, "uas_pipeline.synthesize", "data/reading.yaml")


def corpus_facts(recording: Recording, config: MergeConfig) -> dict[KnownField, str]:
    """Age, gender, emotion and accent that the corpus gives; what it does not give is left out.

    Raises ``Rejected`` ("age_unknown", ...) for a word that the ontology does not know.
    """
    ontology, voice = load_ontology(), recording.voice
    emotion = recording.emotion if recording.emotion_known == "truth" else None
    said: tuple[tuple[KnownField, str | None, str | None, Unknown], ...] = (
        ("age", voice.age, age_of(voice.age or "", ontology), config.unknown_age),
        ("gender", voice.gender, ontology.gender(voice.gender or ""), config.unknown_gender),
        ("emotion", emotion, ontology.emotion(emotion or ""), config.unknown_emotion),
        ("accent", voice.accent, accent_of(voice.accent or "", ontology), config.unknown_accent),
    )
    facts: dict[KnownField, str] = {}
    for field, word, value, unknown in said:
        if value is not None:
            facts[field] = value
        elif not is_unsaid(word) and unknown == "reject":
            message = f"{field} {word!r} is no word of the ontology: add it as a synonym"
            raise Rejected(f"{field}_unknown", message, {field: str(word)})
    return facts


def is_unsaid(word: str | None) -> bool:
    """Whether a corpus's word says that it does not say."""
    return word is None or plain_name(word) in _unsaid()


def age_of(word: str, ontology: Ontology) -> str | None:
    """Age group of a word or of a number of years."""
    try:
        years = float(word)
    except ValueError:
        return ontology.age(word)
    return ontology.age_of_years(years) if 0 < years <= _OLDEST_YEARS else None


def accent_of(word: str, ontology: Ontology) -> str | None:
    """Accent of the ontology with this name, whatever its case."""
    names = {plain_name(accent): accent for accent in ontology.accents}
    return names.get(plain_name(word))


@cache
def _unsaid() -> frozenset[str]:
    return frozenset({"", *map(plain_name, load_reading().unsaid)})
