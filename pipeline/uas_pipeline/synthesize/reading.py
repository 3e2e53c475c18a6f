"""What a caption supports: by its measures, and by what its text says.

Texts are read for the ontology's words only, so a caption in any words can support a value, and
one that says two values supports neither. Knows nothing of the corpus.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from uas_pipeline.caption.caption import Caption
from uas_pipeline.synthesize.facts import load_reading
from uas_schema.document import Event
from uas_schema.ontology import ClosedField, load_ontology, plain_name
from uas_schema.records import KnownField

_PROSODY = re.compile(r"\w+ pace, \w+ pitch, \w+ range", re.IGNORECASE)
_LISTED = re.compile(r"(?P<kind>discrete|continuous) sounds?: (?P<events>[^.;]*)", re.IGNORECASE)
_LISTED_EVENT = re.compile(r"(?P<label>[^(),][^()]*?) \((?P<characteristic>[^()]*)\)")
_MOST_WORDS_IN_A_NAME = 4


@dataclass(frozen=True)
class Heard:
    """Events that a caption lists in so many words; None where it lists none of the kind."""

    discrete: tuple[Event, ...] | None
    continuous: tuple[Event, ...] | None


def closed_value(field: ClosedField, caption: Caption) -> str | None:
    """The one value of a closed field that the voice text names, or None."""
    found = values_named(field, caption.voice or "")
    return next(iter(found)) if len(found) == 1 else None


def values_named(field: ClosedField, text: str) -> set[str]:
    """Values of a closed field whose names are in a text and not denied there."""
    return _named(text, field)


def labels_named(text: str) -> set[str]:
    """Event labels whose names are in a text and not denied there."""
    return _named(text, "event")


def speaks_of(field: KnownField, text: str | None) -> bool:
    """Whether a text says anything on a free-text field."""
    if not text:
        return False
    if field == "accent" and accents_named(text):
        return True
    words = set(plain_name(text).split())
    return bool(words & set(load_reading().topics[field]))


def accents_named(text: str) -> set[str]:
    """Accents of the ontology that a text names."""
    plain = f" {plain_name(text)} "
    return {accent for accent in load_ontology().accents if f" {plain_name(accent)} " in plain}


def prosody_named(text: str) -> str | None:
    """Prosody in the ontology's form within a text."""
    match = _PROSODY.search(text)
    return match[0].casefold() if match else None


def events_listed(text: str) -> Heard:
    """Events of a text that lists them: "discrete sounds: bell (short, bright)"."""
    found: dict[str, tuple[Event, ...]] = {}
    for match in _LISTED.finditer(text):
        events = tuple(
            Event(label=label, characteristic=entry["characteristic"])
            for entry in _LISTED_EVENT.finditer(match["events"])
            if (label := load_ontology().event(entry["label"])) is not None
        )
        found[match["kind"].casefold()] = events
    return Heard(found.get("discrete"), found.get("continuous"))


def _named(text: str, table: str) -> set[str]:
    """Values of a synonym table whose names occur in a text; the longest name at each place."""
    names, first_words = load_ontology().synonyms[table], _first_words(table)
    words = plain_name(text).split()
    found: set[str] = set()
    at = 0
    while at < len(words):
        word = words[at]
        if word not in first_words and word.removesuffix("s") not in first_words:
            at += 1
            continue
        length = _longest_name(words, at, names)
        name = " ".join(words[at : at + length])
        if length and name not in _ambiguous() and not _denied(words, at):
            found.add(names[_singular(name, names)])
        at += max(length, 1)
    return found


def _longest_name(words: list[str], at: int, names: Collection[str]) -> int:
    for length in range(min(_MOST_WORDS_IN_A_NAME, len(words) - at), 0, -1):
        if _singular(" ".join(words[at : at + length]), names) in names:
            return length
    return 0


def _singular(name: str, names: Collection[str]) -> str:
    return name if name in names else name.removesuffix("s")


def _denied(words: list[str], at: int) -> bool:
    reading = load_reading()
    return not _negations().isdisjoint(words[max(0, at - reading.negation_words) : at])


@cache
def _first_words(table: str) -> frozenset[str]:
    """Words that a name of a table begins with: at most words of a text none does."""
    return frozenset(name.partition(" ")[0] for name in load_ontology().synonyms[table])


@cache
def _negations() -> frozenset[str]:
    return frozenset(load_reading().negations)


@cache
def _ambiguous() -> frozenset[str]:
    return frozenset(load_reading().ambiguous)
