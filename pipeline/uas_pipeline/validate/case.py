"""A record with all that checks look at, prepared once. Knows nothing of checks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, cast

from uas_pipeline.caption.caption import Caption
from uas_pipeline.synthesize.claims import CORPUS_TEXT
from uas_pipeline.validate.config import ValidationConfig
from uas_pipeline.validate.languages import Language, language_of, load_languages
from uas_schema.document import Event, NonLinguisticEvents, Paralinguistics, UasDocument
from uas_schema.normalise import normalise_text
from uas_schema.ontology import load_ontology, plain_name
from uas_schema.records import Record

_VOCABULARY_SIZE = 65_536
Scene = tuple[str, str | None]


class Finding(NamedTuple):
    """What a check found: where (JSON path), in words, and what shows it."""

    path: str
    message: str
    evidence: dict[str, float | str]


@dataclass(slots=True)
class Case:
    """One record under test.

    ``measures`` are the caption's, by name. ``corpus_text`` is None where nobody has given it.
    ``words`` are the words of the transcription, in lower case and without punctuation at the ends.
    ``events`` are those of both lists with their paths. ``phrases`` are all texts but the
    transcription with their paths. ``scene`` is what ``scene_of`` reads from the description.
    """

    record: Record
    document: UasDocument
    voice: Paralinguistics
    heard: NonLinguisticEvents
    measures: Mapping[str, float]
    voice_text: str | None
    environment_text: str | None
    corpus_text: str | None
    language: Language
    text: str | None
    words: list[str]
    events: list[tuple[str, Event]]
    phrases: list[tuple[str, str]]
    scene: Scene | None
    config: ValidationConfig


Check = Callable[[Case], Iterable[Finding]]

label_of = lru_cache(_VOCABULARY_SIZE)(load_ontology().event)
plain = lru_cache(_VOCABULARY_SIZE)(plain_name)


def case_of(record: Record, caption: Caption | None, config: ValidationConfig) -> Case:
    """Prepare a record."""
    document = record.document
    heard, text, evidence = document.non_linguistic_events, document.transcription, record.evidence
    events = [
        (f"nonLinguisticEvents.discreteEvents[{index}]", event)
        for index, event in enumerate(heard.discrete_events)
    ]
    events += [
        (f"nonLinguisticEvents.continuousEvents[{index}]", event)
        for index, event in enumerate(heard.continuous_events)
    ]
    corpus_text, description = evidence.get(CORPUS_TEXT), heard.description
    return Case(
        record=record,
        document=document,
        voice=document.paralinguistics,
        heard=heard,
        # Texts of the evidence have names of their own, so a measure is always a number.
        measures=cast("Mapping[str, float]", evidence) if caption is None else caption.measures,
        voice_text=_text(evidence, "caption.voice") if caption is None else caption.voice,
        environment_text=(
            _text(evidence, "caption.environment") if caption is None else caption.environment
        ),
        corpus_text=None if corpus_text is None else str(corpus_text),
        language=language_of(record.language),
        text=text,
        words=words_of(text) if text else [],
        events=events,
        phrases=_phrases(document, events),
        scene=None if description is None else scene_of(description),
        config=config,
    )


@lru_cache(_VOCABULARY_SIZE)
def scene_of(description: str) -> Scene | None:
    """Name of the ontology's scene that a text is, and the label of its sound; else None."""
    for name, text in load_ontology().scenes.items():
        if description == text:
            return name, None
        before, place, after = text.partition("{sound}")
        if place and description.startswith(before) and description.endswith(after):
            sound = description[len(before) : len(description) - len(after)]
            if (label := label_of(sound)) is not None:
                return name, label
    return None


def words_of(text: str) -> list[str]:
    """Words in lower case, without punctuation at their ends."""
    marks = load_languages().punctuation
    stripped = [word.strip(marks) for word in text.casefold().split()]
    return [word for word in stripped if word]


def normalised(text: str, language: str) -> str:
    """Text for comparison with the corpus's."""
    return normalise_text(text, language)


def is_discrete(path: str) -> bool:
    """Whether a path of ``Case.events`` is in the list of discrete events."""
    return path.startswith("nonLinguisticEvents.discreteEvents")


def _text(evidence: Mapping[str, float | str], name: str) -> str | None:
    found = evidence.get(name)
    return None if found is None else str(found)


def _phrases(document: UasDocument, events: Iterable[tuple[str, Event]]) -> list[tuple[str, str]]:
    voice, heard = document.paralinguistics, document.non_linguistic_events
    named = [
        ("paralinguistics.accent", voice.accent),
        ("paralinguistics.prosody", voice.prosody),
        ("paralinguistics.timbre", voice.timbre),
        ("nonLinguisticEvents.description", heard.description),
    ]
    phrases = [(path, text) for path, text in named if text is not None]
    for path, event in events:
        phrases.append((f"{path}.label", event.label))
        phrases.append((f"{path}.characteristic", event.characteristic))
    return phrases
