"""What was asked of each aspect so far, over all records and among those that read alike.

Knows nothing of how questions are worded.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from uas_pipeline.qa.aspects import Values
from uas_pipeline.qa.balance import (
    OVER,
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
_LEAST_USAGE, _MOST_USAGE = 0.2, 5.0  # how much an answer's due weighs beside the aspect's


@dataclass
class Place:
    """An aspect among clips that read alike.

    ``values`` are those that are true somewhere among them, but for the answer where there is
    nothing. ``has_choice``: more than one answer can be right, else the text gives it away, and
    nothing is asked with choices or by yes and no. ``alike`` has, of a sound, all of its category.
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
        return self.alike.get(value, ())


@dataclass
class Kind:
    """One kind of questions on an aspect: phrasings, and how many were asked for its share."""

    name: QuestionKind
    phrasings: tuple[str, ...]
    share: float
    asked: int = 0


@dataclass
class AspectState:
    """An aspect: how it is asked for, and what was asked so far.

    ``direct`` counts answers to questions without choices, ``choices`` those with, at all places.
    ``chosen_at`` are the places of the latter where somebody speaks. ``is_open``: every clip has
    another value.
    """

    name: str
    known_field: KnownField
    absent: str | None
    is_open: bool
    share: float
    kinds: tuple[Kind, ...]
    direct: AnswerBalance
    choices: AnswerBalance
    places: Mapping[Told, Place]
    asked: int = 0
    positions: Positions = field(default_factory=Positions)
    chosen_at: list[Place] = field(default_factory=list)
    yes_is_next: bool = True

    def turn(self, place: Place, values: Values, rng: Random) -> float | None:
        """When the aspect is due, beside others: those that were asked for least come first.

        The less well a value is served, the earlier. None where nothing may be asked.
        """
        value, answers = values[0], place.answers if place.has_choice else self.direct
        usage = answers.usage(value)
        if usage < _LEAST_USAGE:
            usage = _LEAST_USAGE
        elif usage > OVER:
            if self._is_shut(place, values):
                return None
            usage = min(usage, _MOST_USAGE)
        return (self.asked + rng.random()) * usage / self.share

    def _is_shut(self, place: Place, values: Values) -> bool:
        """Whether no kind of question leaves the answers balanced."""
        value = values[0]
        if not self.direct.is_over(value):
            return False
        if not place.has_choice:
            return True
        if len(values) > 1 or not place.answers.is_over(value):
            return False
        return not place.values or place.yes_no.is_shut(value, self.absent)

    def kinds_in_turn(self, rng: Random) -> Sequence[Kind]:
        """Kinds of questions, those first that were asked least for their share."""
        if len(self.kinds) == 1:
            return self.kinds
        order = [(k.asked / k.share + rng.random(), i) for i, k in enumerate(self.kinds)]
        order.sort()
        return [self.kinds[i] for _, i in order]

    def may_ask(self, kind: QuestionKind, place: Place, value: str) -> bool:
        """Whether a question of this kind leaves the answers balanced."""
        if kind == "choice":
            return place.has_choice and not place.answers.is_over(value)
        if kind == "direct" or self.name == "voice":
            return not self.direct.is_over(value)
        # Of a voice where nobody speaks only "no" could be right, so "yes" likelier elsewhere.
        return place.has_choice and (bool(place.values) or self.is_open)

    def count_choice(self, place: Place, right: str) -> None:
        """Count the answer to a question with choices."""
        place.answers.count(right)
        if place.answers is not self.choices:
            self.choices.count(right)
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
    aspect_shares: Mapping[str, float],
    kind_shares: Mapping[QuestionKind, float],
) -> dict[str, AspectState]:
    """States of all aspects for the records' values and what their texts tell."""
    seen: dict[Told, dict[str, set[Values]]] = defaultdict(lambda: defaultdict(set))
    for by_aspect, place in zip(values, told, strict=True):
        here = seen[place]
        for aspect, true in by_aspect.items():
            here[aspect].add(true)
    found: dict[str, dict[Told, set[str]]] = defaultdict(dict)
    for place, by_place in seen.items():
        for aspect, many in by_place.items():
            found[aspect][place] = {value for true in many for value in true}
    return {
        aspect: _state(aspect, places, absent_share, aspect_shares.get(aspect, 1.0), kind_shares)
        for aspect, places in found.items()
    }


def _state(
    aspect: str,
    found: Mapping[Told, Collection[str]],
    absent_share: float,
    share: float,
    kind_shares: Mapping[QuestionKind, float],
) -> AspectState:
    phrasings, is_open = load_phrasings().aspects[aspect], aspect in _OPEN_ASPECTS
    absent = phrasings.absent
    every = {absent} if is_open and absent else {value for of in found.values() for value in of}
    choices = AnswerBalance(every, absent, absent_share)
    return AspectState(
        name=aspect,
        known_field=phrasings.field,
        absent=absent,
        is_open=is_open,
        share=share,
        kinds=tuple(
            Kind(kind, phrasings.of(kind), kind_shares.get(kind, 1.0))
            for kind in _KINDS
            if phrasings.of(kind)
        ),
        direct=AnswerBalance(every, absent, absent_share),
        choices=choices,
        places=_places(aspect, found, choices, absent, absent_share),
    )


def _places(
    aspect: str,
    found: Mapping[Told, Collection[str]],
    choices: AnswerBalance,
    absent: str | None,
    absent_share: float,
) -> dict[Told, Place]:
    shared = Burden()
    if aspect in _OPEN_ASPECTS or aspect == "voice":
        has_choice = bool(load_phrasings().aspects[aspect].choice)
        return dict.fromkeys(found, Place((), has_choice, choices, ChoiceBalance(shared)))
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
    return {value: alike for alike in categories.values() for value in alike}
