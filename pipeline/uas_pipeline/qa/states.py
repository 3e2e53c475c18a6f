"""What was asked of each aspect so far, over all records and among those that read alike.

Knows nothing of how questions are worded.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from uas_pipeline.qa.aspects import Values
from uas_pipeline.qa.balance import (
    AnswerBalance,
    Burden,
    ChoiceBalance,
    Positions,
    YesNoBalance,
    drawn,
)
from uas_pipeline.qa.phrasings import QuestionKind, load_phrasings
from uas_pipeline.qa.told import NOBODY, Told
from uas_schema.document import Paralinguistics
from uas_schema.ontology import load_ontology
from uas_schema.records import KnownField

_KINDS: tuple[QuestionKind, ...] = ("direct", "choice", "yes_no")
_VOICE_FIELDS = frozenset(Paralinguistics.model_fields)
_OPEN_ASPECTS = frozenset({"words", "first_word"})  # every clip has another value
_PRESENT = "present"  # under this all values of an open aspect are counted


@dataclass
class Place:
    """An aspect among clips that read alike.

    ``values`` are those that are true somewhere among them, but for the answer where there is
    nothing. ``has_choice``: more than one answer can be right, else the text gives it away, and
    nothing is asked with choices or by yes and no.
    """

    values: tuple[str, ...]
    has_choice: bool
    answers: AnswerBalance
    choice: ChoiceBalance
    yes_no: YesNoBalance = field(default_factory=YesNoBalance)
    alike: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def neighbours(self, value: str) -> Sequence[str]:
        """Values of the same category, itself among them: sounds easily taken for one another.

        Emotions have none: where each has its own, the answer is the choice that the others are
        close to.
        """
        category = load_ontology().category(value)
        return self.alike.get(category, ()) if category is not None else ()


@dataclass
class AspectState:
    """An aspect: how it is asked for, and what was asked so far.

    ``direct`` counts answers to questions without choices, ``choices`` those with, at all places.
    ``chosen_at`` are the places of the latter where somebody speaks.
    """

    name: str
    known_field: KnownField
    absent: str | None
    share: float
    phrasings: Mapping[QuestionKind, tuple[str, ...]]
    direct: AnswerBalance
    choices: AnswerBalance
    places: Mapping[Told, Place]
    kinds: Counter[QuestionKind] = field(default_factory=Counter)
    positions: Positions = field(default_factory=Positions)
    chosen_at: list[Place] = field(default_factory=list)
    yes_is_next: bool = True

    @property
    def is_open(self) -> bool:
        """Whether every clip has another value."""
        return self.name in _OPEN_ASPECTS

    def place(self, told: Told) -> Place:
        """Where a record's questions on this aspect are balanced."""
        return self.places[told]

    def balanced(self, value: str) -> str:
        """Value under which an answer is counted: open aspects only know absent or not."""
        return _PRESENT if self.is_open and value != self.absent else value

    def usage(self, place: Place, value: str) -> float:
        """How well served a value is, relative to its due: others are asked for first."""
        answers = place.answers if place.has_choice else self.direct
        return answers.usage(self.balanced(value))

    def may_ask(self, kind: QuestionKind, place: Place, value: str) -> bool:
        """Whether a question of this kind leaves the answers balanced."""
        if kind == "direct" or self.name == "voice":
            return not self.direct.is_over(self.balanced(value))
        if kind == "yes_no":
            # Of a voice where nobody speaks only "no" could be right, so "yes" likelier elsewhere.
            return place.has_choice and (bool(place.values) or self.is_open)
        return place.has_choice and not place.answers.is_over(self.balanced(value))

    def count_choice(self, place: Place, right: str) -> None:
        """Count the answer to a question with choices."""
        counted = self.balanced(right)
        place.answers.count(counted)
        if place.answers is not self.choices:
            self.choices.count(counted)
            self.chosen_at.append(place)

    def values_at(self, place: Place, rng: Random) -> Sequence[str]:
        """Values to choose wrong ones among; where nobody speaks, as where somebody does."""
        if place.values or not self.chosen_at:
            return place.values
        return drawn(self.chosen_at, rng).values


def states_of(
    values: Iterable[Mapping[str, Values]],
    told: Iterable[Told],
    absent_share: float,
    shares: Mapping[str, float],
) -> dict[str, AspectState]:
    """States of all aspects for the records' values and what their texts tell."""
    found: dict[str, dict[Told, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    for by_aspect, place in zip(values, told, strict=True):
        for aspect, true in by_aspect.items():
            found[aspect][place].update(dict.fromkeys(true))
    return {
        aspect: _state(aspect, places, absent_share, shares.get(aspect, 1.0))
        for aspect, places in found.items()
    }


def _state(
    aspect: str, found: Mapping[Told, Mapping[str, None]], absent_share: float, share: float
) -> AspectState:
    phrasings = load_phrasings().aspects[aspect]
    absent = phrasings.absent
    counted = (
        {_PRESENT, absent} if aspect in _OPEN_ASPECTS else {v for of in found.values() for v in of}
    )
    every = sorted(value for value in counted if value is not None)
    choices = AnswerBalance(every, absent, absent_share)
    places = _places(aspect, found, choices, absent, absent_share)
    return AspectState(
        name=aspect,
        known_field=phrasings.field,
        absent=absent,
        share=share,
        phrasings={kind: phrasings.of(kind) for kind in _KINDS if phrasings.of(kind)},
        direct=AnswerBalance(every, absent, absent_share),
        choices=choices,
        places=places,
    )


def _places(
    aspect: str,
    found: Mapping[Told, Mapping[str, None]],
    choices: AnswerBalance,
    absent: str | None,
    absent_share: float,
) -> dict[Told, Place]:
    shared = Burden()
    if aspect in _OPEN_ASPECTS or aspect == "voice":
        place = Place((), True, choices, ChoiceBalance(shared))
        return dict.fromkeys(found, place)
    of_voice = load_phrasings().aspects[aspect].field in _VOICE_FIELDS
    places = {}
    for told, answers in found.items():
        mute = of_voice and told == NOBODY
        values = tuple(sorted(value for value in answers if value != absent))
        places[told] = Place(
            values=values,
            has_choice=mute or len(answers) > 1,
            answers=choices if mute else AnswerBalance(sorted(answers), absent, absent_share),
            choice=ChoiceBalance(shared if of_voice else Burden()),
            alike=_by_category(values),
        )
    return places


def _by_category(values: Iterable[str]) -> dict[str, list[str]]:
    categories: dict[str, list[str]] = defaultdict(list)
    for value in values:
        if (category := load_ontology().category(value)) is not None:
            categories[category].append(value)
    return dict(categories)
