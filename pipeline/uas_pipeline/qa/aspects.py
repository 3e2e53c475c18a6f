"""What can be asked of a document: aspects, finer than fields, and their values.

An aspect has no values where its field is ``known: none``. Where nobody speaks or nothing is
heard, its value is the aspect's ``absent`` answer. Knows nothing of questions.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache

from uas_pipeline.qa.phrasings import load_phrasings
from uas_schema.document import Event, UasDocument
from uas_schema.normalise import normalise_text
from uas_schema.ontology import parse_prosody, parse_timbre
from uas_schema.records import KnownField, Record

Values = tuple[str, ...]
Reader = Callable[[UasDocument], Values | None]

# Five aspects ask for the parts of two texts, which have few values.
_prosody = lru_cache(4096)(parse_prosody)
_timbre = lru_cache(4096)(parse_timbre)
_plain = lru_cache(8192)(normalise_text)  # texts come again with other voices


def values_of(record: Record, aspect: str) -> Values:
    """True values of an aspect, most of them one; empty where it must not be asked.

    ``voice`` has the values "yes" and "no"; ``words`` the whole text; ``first_word`` its first
    word; the event lists one value for each event.
    """
    return values_by_aspect(record).get(aspect, ())


def values_by_aspect(record: Record) -> dict[str, Values]:
    """True values of every aspect that may be asked, as ``values_of`` gives them."""
    known, document = record.known, record.document
    by_aspect: dict[str, Values] = {}
    for aspect, field, absent, read in _aspects():
        if known[field] == "none":
            continue
        values = read(document)
        if values:
            by_aspect[aspect] = values
        elif values is not None and absent is not None:
            by_aspect[aspect] = _alone(absent)
    return by_aspect


def words_of(record: Record) -> Values:
    """The words that are spoken, as they are asked for: plain and lower case."""
    text = record.document.transcription
    return () if text is None else tuple(_plain(text, record.language).split())


def _voice(document: UasDocument) -> Values:
    return _alone("yes" if document.has_voice else "no")


def _words(document: UasDocument) -> Values:
    text = document.transcription
    return () if text is None else (text,)


def _first_word(document: UasDocument) -> Values | None:
    text = document.transcription
    if text is None:
        return ()
    return tuple(_plain(text, "und").split()[:1]) or None


def _paralinguistic(name: str) -> Callable[[UasDocument], Values]:
    return lambda document: _one(getattr(document.paralinguistics, name))


def _part(name: str, parse: Callable[[str], Mapping[str, str] | None], part: str) -> Reader:
    def read(document: UasDocument) -> Values | None:
        text = getattr(document.paralinguistics, name)
        levels = None if text is None else parse(text)
        if levels is None:
            return () if not document.has_voice else None
        return _alone(levels[part])

    return read


def _scene(document: UasDocument) -> Values:
    return _one(document.non_linguistic_events.description)


def _discrete(document: UasDocument) -> Values:
    return _labels(document.non_linguistic_events.discrete_events)


def _continuous(document: UasDocument) -> Values:
    return _labels(document.non_linguistic_events.continuous_events)


def _labels(events: Iterable[Event]) -> Values:
    labels = [event.label for event in events]
    return _alone(labels[0]) if len(labels) == 1 else tuple(labels)


def _one(value: str | None) -> Values:
    return () if value is None else _alone(value)


@lru_cache(4096)
def _alone(value: str) -> Values:
    """A value alone: one object for all records that have it."""
    return (value,)


_READERS: Mapping[str, Reader] = {
    "voice": _voice,
    "words": _words,
    "first_word": _first_word,
    "age": _paralinguistic("age"),
    "gender": _paralinguistic("gender"),
    "emotion": _paralinguistic("emotion"),
    "accent": _paralinguistic("accent"),
    "rate": _part("prosody", _prosody, "rate"),
    "pitch": _part("prosody", _prosody, "pitch"),
    "range": _part("prosody", _prosody, "range"),
    "brightness": _part("timbre", _timbre, "brightness"),
    "texture": _part("timbre", _timbre, "texture"),
    "scene": _scene,
    "discrete": _discrete,
    "continuous": _continuous,
}


@cache
def _aspects() -> tuple[tuple[str, KnownField, str | None, Reader], ...]:
    """Every aspect with its field, its answer where there is nothing, and what reads its values."""
    return tuple(
        (aspect, phrasings.field, phrasings.absent, _READERS[aspect])
        for aspect, phrasings in load_phrasings().aspects.items()
    )
