"""Closed vocabularies, their synonyms, and the words of the free-text fields.

Everything comes from ``data/ontology.yaml``. Knows nothing of audio: who measures a rate or a
pitch asks ``Scale.level`` for its word.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from uas_schema.errors import DataError
from uas_schema.strict import Strict, nearest, package_text, read_yaml

ClosedField = Literal["age", "gender", "emotion"]

_ANY_VOICE = "any"
_PROSODY = re.compile(r"(?P<rate>\w+) pace, (?P<pitch>\w+) pitch, (?P<range>\w+) range")
_TIMBRE = re.compile(r"(?P<brightness>\w+), (?P<texture>\w+)")
_NOT_A_WORD = re.compile(r"[\W_]+")


class Scale(Strict):
    """Words for a measured value, from low to high.

    ``bounds`` part neighbouring levels, in ``unit``, for each kind of voice or for "any".
    A scale without bounds has words but no measure.
    """

    levels: tuple[str, ...]
    unit: str = ""
    bounds: Mapping[str, tuple[float, ...]] = {}
    source: str

    def level(self, value: float, voice: str = _ANY_VOICE) -> str:
        """Word for ``value`` (in ``unit``) of a ``voice`` such as "Female".

        Raises ``DataError`` when the scale has no bounds for that voice.
        """
        if voice not in self.bounds:
            raise DataError(f"no bounds for voice {voice!r}: {nearest(voice, list(self.bounds))}")
        return self.levels[bisect_right(self.bounds[voice], value)]


class AgeYears(Strict):
    """Bounds of the age groups in years."""

    child_below: float
    elderly_from: float


class OntologyFile(Strict):
    """``data/ontology.yaml`` as it is written."""

    version: str
    closed: dict[ClosedField, dict[str, tuple[str, ...]]]
    age_years: AgeYears
    prosody: dict[Literal["rate", "pitch", "range"], Scale]
    timbre: dict[Literal["brightness", "texture"], Scale]
    accents: tuple[str, ...]
    scenes: dict[str, str]
    events: dict[str, dict[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Ontology:
    """Vocabularies with lookup by synonym.

    ``closed``: canonical values by field. ``categories``: category by event label.
    ``synonyms``: plain name -> canonical value, by field; "event" holds the event labels.
    """

    version: str
    closed: Mapping[str, tuple[str, ...]]
    synonyms: Mapping[str, Mapping[str, str]]
    categories: Mapping[str, str]
    prosody: Mapping[str, Scale]
    timbre: Mapping[str, Scale]
    accents: tuple[str, ...]
    scenes: Mapping[str, str]
    age_years: AgeYears

    def age(self, text: str) -> str | None:
        """Age group that a word means, or None: "toddler" -> "Child"."""
        return self.synonyms["age"].get(plain_name(text))

    def gender(self, text: str) -> str | None:
        """Gender that a word means, or None: "woman" -> "Female"."""
        return self.synonyms["gender"].get(plain_name(text))

    def emotion(self, text: str) -> str | None:
        """Emotion class that a word means, or None: "furious" -> "Anger"."""
        return self.synonyms["emotion"].get(plain_name(text))

    def event(self, text: str) -> str | None:
        """Event label that a name means, or None: "Barking" -> "dog bark"."""
        return self.synonyms["event"].get(plain_name(text))

    def category(self, label: str) -> str | None:
        """Category of an event label or of its synonym, or None: "Barking" -> "animal"."""
        return self.categories.get(self.event(label) or "")

    def age_of_years(self, years: float) -> str:
        """Age group of an age in years."""
        child, adult, elderly = self.closed["age"]
        if years < self.age_years.child_below:
            return child
        return elderly if years >= self.age_years.elderly_from else adult


@cache
def load_ontology() -> Ontology:
    """Load the vocabularies that ship with the package (read once)."""
    return parse_ontology(package_text("ontology.yaml"), "ontology.yaml")


def parse_ontology(text: str, source: str) -> Ontology:
    """Read vocabularies from YAML text.

    Raises ``DataError`` for an unknown key, or for a synonym that means two values.
    """
    file = read_yaml(OntologyFile, text, source)
    labels = {label: names for group in file.events.values() for label, names in group.items()}
    tables = {**{str(field): table for field, table in file.closed.items()}, "event": labels}
    return Ontology(
        version=file.version,
        closed={field: tuple(values) for field, values in file.closed.items()},
        synonyms={field: _lookup(table, f"{source}: {field}") for field, table in tables.items()},
        categories={label: name for name, group in file.events.items() for label in group},
        prosody={str(part): scale for part, scale in file.prosody.items()},
        timbre={str(part): scale for part, scale in file.timbre.items()},
        accents=file.accents,
        scenes=file.scenes,
        age_years=file.age_years,
    )


def plain_name(text: str) -> str:
    """Name for comparison: lower case, words parted by one space, no punctuation."""
    return _NOT_A_WORD.sub(" ", text).strip().casefold()


def format_prosody(rate: str, pitch: str, pitch_range: str) -> str:
    """Text of the prosody field: "slow pace, low pitch, narrow range"."""
    return f"{rate} pace, {pitch} pitch, {pitch_range} range"


def parse_prosody(text: str) -> dict[str, str] | None:
    """Levels of ``rate``, ``pitch`` and ``range``, or None when the text has another form."""
    return _parse_levels(text, _PROSODY, load_ontology().prosody)


def format_timbre(brightness: str, texture: str) -> str:
    """Text of the timbre field: "bright, clear"."""
    return f"{brightness}, {texture}"


def parse_timbre(text: str) -> dict[str, str] | None:
    """Levels of ``brightness`` and ``texture``, or None when the text has another form."""
    return _parse_levels(text, _TIMBRE, load_ontology().timbre)


def _parse_levels(
    text: str, form: re.Pattern[str], scales: Mapping[str, Scale]
) -> dict[str, str] | None:
    match = form.fullmatch(text.strip().casefold())
    if match is None:
        return None
    levels = match.groupdict()
    known = all(levels[part] in scale.levels for part, scale in scales.items())
    return levels if known else None


def _lookup(table: Mapping[str, Iterable[str]], where: str) -> dict[str, str]:
    """Plain name -> canonical value; every name may mean one value only."""
    meaning: dict[str, str] = {}
    for value, names in table.items():
        for name in map(plain_name, (value, *names)):
            if meaning.setdefault(name, value) != value:
                raise DataError(
                    f"{where}: {name!r} means {meaning[name]!r} and {value!r}: keep one"
                )
    return meaning
