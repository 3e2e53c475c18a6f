"""Questions on documents: direct, multiple choice and yes/no, on every field.

Nothing is asked about a field that is ``known: none``. Answers and positions are balanced over all
the records together, and wrong choices are values that are right elsewhere, so the wording gives
no answer away. The same seed and records give the same questions.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np
from pydantic import Field

from uas_pipeline.qa.aspects import Values, values_by_aspect, words_of
from uas_pipeline.qa.balance import (
    AnswerBalance,
    ChoiceBalance,
    YesNoBalance,
    drawn,
    least_used,
)
from uas_pipeline.qa.phrasings import QuestionKind, load_phrasings
from uas_schema.document import Paralinguistics
from uas_schema.ontology import load_ontology
from uas_schema.records import KnownField, QaItem, Record
from uas_schema.strict import Strict

_KINDS: tuple[QuestionKind, ...] = ("direct", "choice", "yes_no")
_VOICE_FIELDS = frozenset(Paralinguistics.model_fields)
_OPEN_ASPECTS = frozenset({"words", "first_word"})  # every clip has another value
_LEAST_USAGE, _MOST_USAGE = 0.2, 5.0  # how much an answer's due weighs beside the aspect's
_TEXT_POOL = 40  # texts of other clips that wrong words and sentences are drawn from
_TEXT_CACHE = 8192  # texts whose words are kept


class QaConfig(Strict):
    """How many questions, and of which kind and aspect how large a share (default 1)."""

    seed: int = 0
    questions_per_record: int = 3
    choices: int = 4
    absent_share: float = Field(default=0.2, gt=0, lt=1)
    kind_shares: Mapping[QuestionKind, float] = {}
    aspect_shares: Mapping[str, float] = {"voice": 0.5, "first_word": 0.3, "words": 0.5}


@dataclass
class _AspectState:
    """An aspect: how it is asked for, its values among the records, and what was asked so far.

    ``is_open``: every clip has another value.
    """

    name: str
    is_open: bool
    known_field: KnownField
    absent: str | None
    share: float
    phrasings: Mapping[QuestionKind, tuple[str, ...]]
    vocabulary: tuple[str, ...]
    answers: AnswerBalance
    yes_no: YesNoBalance
    choice: ChoiceBalance = field(default_factory=ChoiceBalance)
    kinds: Counter[QuestionKind] = field(default_factory=Counter)

    def balanced(self, value: str) -> str:
        """Value under which an answer is counted: open aspects only know absent or not."""
        return "present" if self.is_open and value != self.absent else value


class QaMaker:
    """Makes the questions of a list of records that are balanced together."""

    def __init__(self, records: Sequence[Record], config: QaConfig) -> None:
        self._config, self._records = config, records
        self._rng = np.random.default_rng(config.seed)
        self._aspects = tuple(load_phrasings().aspects)
        self._asked: Counter[str] = Counter()
        self._texts = _texts_by_language(records)
        self._values = [values_by_aspect(record) for record in records]
        self._states = {aspect: self._state(aspect) for aspect in self._aspects}

    def make(self) -> Iterator[Record]:
        """The records in their order, with questions."""
        questions: dict[int, tuple[QaItem, ...]] = {}
        for index in self._rng.permutation(len(self._records)).tolist():
            questions[index] = self._questions(self._records[index], self._values[index])
        for index, record in enumerate(self._records):
            # The questions are checked and the rest is as it was: no need to check it again.
            yield record.model_copy(update={"qa": questions[index]})

    def _questions(self, record: Record, values: Mapping[str, Values]) -> tuple[QaItem, ...]:
        shares = {
            aspect: state.share / (_usage(state, values[aspect]) if aspect in values else 1.0)
            for aspect, state in self._states.items()
        }
        items: list[QaItem] = []
        for aspect in least_used(self._aspects, self._asked, shares, self._rng):
            if len(items) == self._config.questions_per_record:
                break
            if aspect not in values:
                continue
            item = self._question(record, self._states[aspect], values[aspect])
            if item is not None:
                self._asked[aspect] += 1
                items.append(item)
        return tuple(items)

    def _question(self, record: Record, state: _AspectState, values: Values) -> QaItem | None:
        counted = state.balanced(values[0])
        over = state.answers.is_over(counted)
        if over and state.name == "voice":
            return None
        # Where nobody speaks, only "no" could be right: "yes" would then be likelier elsewhere.
        mute = not record.document.has_voice and state.known_field in _VOICE_FIELDS
        kinds = [kind for kind in state.phrasings if (not mute if kind == "yes_no" else not over)]
        for kind in least_used(kinds, state.kinds, self._config.kind_shares, self._rng):
            item = self._of_kind(kind, record, state, values)
            if item is not None:
                state.kinds[kind] += 1
                if kind != "yes_no" or state.name == "voice":
                    state.answers.count(counted)
                return item
        return None

    def _of_kind(
        self, kind: QuestionKind, record: Record, state: _AspectState, values: Values
    ) -> QaItem | None:
        if kind == "direct":
            return self._item(state, kind, answer=", ".join(values))
        if kind == "choice":
            return self._choice(record, state, values)
        if state.name == "voice":
            return self._item(state, kind, answer=values[0])
        return self._yes_no(record, state, values)

    def _choice(self, record: Record, state: _AspectState, values: Values) -> QaItem | None:
        right = drawn(values, self._rng)
        wrong = self._wrong(record, state, values)
        if not wrong:
            return None
        neighbours = _neighbours(right)
        near = [value for value in wrong if value in neighbours] if neighbours else []
        # All choices are neighbours, or it does not matter: two of them among others stand out.
        among = near if len(near) >= self._config.choices - 1 else wrong
        choices = state.choice.choices(right, among, self._config.choices, self._rng)
        return self._item(state, "choice", answer=right, choices=choices)

    def _yes_no(self, record: Record, state: _AspectState, values: Values) -> QaItem | None:
        absent, balance = state.absent, state.yes_no
        if state.name == "words":
            words, drawn = words_of(record), self._drawn_texts(record)
            asked = balance.ask(words, lambda: self._foreign_words(words, drawn), self._rng)
        else:
            true = [value for value in values if value != absent]
            told = (*values, absent)
            asked = balance.ask(
                true, lambda: [v for v in balance.answered_yes() if v not in told], self._rng
            )
        if asked is None:
            return None
        value, is_true = asked
        return self._item(state, "yes_no", answer="yes" if is_true else "no", value=value)

    def _wrong(self, record: Record, state: _AspectState, values: Values) -> list[str]:
        """Values of the aspect that are not true here but elsewhere."""
        if not state.is_open:
            return [value for value in state.vocabulary if value not in values]
        pool = (*self._drawn_texts(record), *((state.absent,) if state.absent else ()))
        return list(dict.fromkeys(text for text in pool if text not in values))

    def _drawn_texts(self, record: Record) -> list[str]:
        """Some texts of other clips; English ones for a clip without a language."""
        texts = self._texts.get(record.language) or self._texts.get("en", [])
        count = min(_TEXT_POOL, len(texts))
        return [texts[index] for index in self._rng.integers(len(texts), size=count).tolist()]

    def _foreign_words(self, own: Collection[str], texts: Iterable[str]) -> tuple[str, ...]:
        """Words of the texts, each once, but those of the clip itself."""
        told = set(own)
        words = dict.fromkeys(word for text in texts for word in _plain_words(text))
        return tuple(word for word in words if word not in told)

    def _item(
        self,
        state: _AspectState,
        kind: QuestionKind,
        *,
        answer: str,
        value: str = "",
        choices: tuple[str, ...] | None = None,
    ) -> QaItem:
        phrasing = drawn(state.phrasings[kind], self._rng)
        return QaItem(
            question=phrasing.replace("{value}", value),
            answer=answer,
            kind=kind,
            field=state.known_field,
            choices=choices,
        )

    def _state(self, aspect: str) -> _AspectState:
        phrasings = load_phrasings().aspects[aspect]
        found = {value: None for values in self._values for value in values.get(aspect, ())}
        state = _AspectState(
            name=aspect,
            is_open=aspect in _OPEN_ASPECTS,
            known_field=phrasings.field,
            absent=phrasings.absent,
            share=self._config.aspect_shares.get(aspect, 1.0),
            phrasings={kind: phrasings.of(kind) for kind in _KINDS if phrasings.of(kind)},
            vocabulary=tuple(sorted(found)),
            answers=AnswerBalance((), None, self._config.absent_share),
            yes_no=YesNoBalance(together=aspect in _OPEN_ASPECTS),
        )
        counted = dict.fromkeys(map(state.balanced, found))
        state.answers = AnswerBalance(counted, phrasings.absent, self._config.absent_share)
        return state


def _usage(state: _AspectState, values: Values) -> float:
    """How well served the record's value of an aspect is: others are asked for first."""
    value = values[0]
    usage = state.answers.usage(state.balanced(value) if state.is_open else value)
    if usage < _LEAST_USAGE:
        return _LEAST_USAGE
    return _MOST_USAGE if usage > _MOST_USAGE else usage


@lru_cache(_TEXT_CACHE)
def _plain_words(text: str) -> tuple[str, ...]:
    """Words of letters alone, in lower case, without punctuation at their ends."""
    stripped = (word.strip(".,!?;:") for word in text.lower().split())
    return tuple(word for word in stripped if word.isalpha())


def _texts_by_language(records: Sequence[Record]) -> dict[str, list[str]]:
    texts: dict[str, dict[str, None]] = defaultdict(dict)
    for record in records:
        if record.document.transcription is not None:
            texts[record.language][record.document.transcription] = None
    return {language: list(found) for language, found in texts.items()}


@cache
def _neighbours(label: str) -> Collection[str]:
    """Event labels of the same category, which are easily taken for one another.

    Emotions have no neighbours: where each has its own, the answer is the choice that the others
    are close to.
    """
    ontology = load_ontology()
    category = ontology.category(label)
    return frozenset(name for name, other in ontology.categories.items()
                     if other == category and category is not None and name != label)  # fmt: skip
