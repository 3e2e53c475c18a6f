"""Questions on documents: direct, multiple choice and yes/no, on every field.

Nothing is asked about a field that is ``known: none``. Answers and positions are balanced over all
the records together, and wrong choices are values that are right elsewhere, so the wording gives
no answer away. The same seed and records give the same questions.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from pydantic import Field

from uas_pipeline.qa.aspects import Values, values_of, words_of
from uas_pipeline.qa.balance import AnswerBalance, ChoiceBalance, YesNoBalance, least_used
from uas_pipeline.qa.phrasings import QuestionKind, load_phrasings
from uas_schema.ontology import load_ontology
from uas_schema.records import QaItem, Record
from uas_schema.strict import Strict

_KINDS: tuple[QuestionKind, ...] = ("direct", "choice", "yes_no")
_OPEN_ASPECTS = frozenset({"words", "first_word"})  # every clip has another value
_LEAST_USAGE, _MOST_USAGE = 0.2, 5.0  # how much an answer's due weighs beside the aspect's
_TEXT_POOL = 40  # texts of other clips that wrong words and sentences are drawn from


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
    """What was asked of one aspect so far, and the values it has among the records."""

    vocabulary: tuple[str, ...]
    answers: AnswerBalance
    yes_no: YesNoBalance
    choice: ChoiceBalance = field(default_factory=ChoiceBalance)
    kinds: Counter[QuestionKind] = field(default_factory=Counter)


class QaMaker:
    """Makes the questions of a list of records that are balanced together."""

    def __init__(self, records: Sequence[Record], config: QaConfig) -> None:
        self._config, self._records = config, records
        self._rng = np.random.default_rng(config.seed)
        self._aspects = load_phrasings().aspects
        self._asked: Counter[str] = Counter()
        self._texts = _texts_by_language(records)
        self._states = {aspect: self._state(aspect) for aspect in self._aspects}

    def make(self) -> Iterator[Record]:
        """The records in their order, with questions."""
        questions: dict[int, tuple[QaItem, ...]] = {}
        for index in self._rng.permutation(len(self._records)):
            questions[int(index)] = self._questions(self._records[int(index)])
        for index, record in enumerate(self._records):
            yield record.replace(qa=questions[index])

    def _questions(self, record: Record) -> tuple[QaItem, ...]:
        shares = {
            aspect: self._config.aspect_shares.get(aspect, 1.0) / self._usage(record, aspect)
            for aspect in self._aspects
        }
        items: list[QaItem] = []
        for aspect in least_used(list(self._aspects), self._asked, shares, self._rng):
            if len(items) == self._config.questions_per_record:
                break
            item = self._question(record, aspect)
            if item is not None:
                self._asked[aspect] += 1
                items.append(item)
        return tuple(items)

    def _usage(self, record: Record, aspect: str) -> float:
        """How well served the record's value of an aspect is: others are asked for first."""
        values = values_of(record, aspect)
        if not values:
            return 1.0
        usage = self._states[aspect].answers.usage(self._balanced(aspect, values[0]))
        return min(max(usage, _LEAST_USAGE), _MOST_USAGE)

    def _question(self, record: Record, aspect: str) -> QaItem | None:
        values = values_of(record, aspect)
        if not values:
            return None
        state, phrasings = self._states[aspect], self._aspects[aspect]
        over = state.answers.is_over(self._balanced(aspect, values[0]))
        kinds = [kind for kind in _KINDS if phrasings.of(kind) and (kind == "yes_no" or not over)]
        if aspect == "voice" and over:
            return None
        for kind in least_used(kinds, state.kinds, dict(self._config.kind_shares), self._rng):
            item = self._of_kind(kind, record, aspect, values)
            if item is not None:
                state.kinds[kind] += 1
                if kind != "yes_no" or aspect == "voice":
                    state.answers.count(self._balanced(aspect, values[0]))
                return item
        return None

    def _of_kind(
        self, kind: QuestionKind, record: Record, aspect: str, values: Values
    ) -> QaItem | None:
        if kind == "direct":
            return self._item(aspect, kind, answer=", ".join(values))
        if kind == "choice":
            return self._choice(record, aspect, values)
        if aspect == "voice":
            return self._item(aspect, kind, answer=values[0])
        return self._yes_no(record, aspect, values)

    def _choice(self, record: Record, aspect: str, values: Values) -> QaItem | None:
        right = values[int(self._rng.integers(len(values)))]
        wrong = self._wrong(record, aspect, values)
        if not wrong:
            return None
        choices = self._states[aspect].choice.choices(
            right, wrong, _neighbours(aspect, right), self._config.choices, self._rng
        )
        return self._item(aspect, "choice", answer=right, choices=choices)

    def _yes_no(self, record: Record, aspect: str, values: Values) -> QaItem | None:
        absent = self._aspects[aspect].absent
        if aspect == "words":
            true, false = words_of(record), self._foreign_words(record)
        else:
            true = tuple(value for value in values if value != absent)
            false = tuple(v for v in self._wrong(record, aspect, values) if v != absent)
        asked = self._states[aspect].yes_no.ask(true, false, self._rng)
        if asked is None:
            return None
        value, is_true = asked
        return self._item(aspect, "yes_no", answer="yes" if is_true else "no", value=value)

    def _wrong(self, record: Record, aspect: str, values: Values) -> tuple[str, ...]:
        """Values of the aspect that are not true here but elsewhere."""
        if aspect not in _OPEN_ASPECTS:
            return tuple(value for value in self._states[aspect].vocabulary if value not in values)
        absent = self._aspects[aspect].absent
        pool = (*self._drawn_texts(record), *((absent,) if absent else ()))
        return tuple(dict.fromkeys(text for text in pool if text not in values))

    def _drawn_texts(self, record: Record) -> list[str]:
        """Some texts of other clips; English ones for a clip without a language."""
        texts = self._texts.get(record.language) or self._texts.get("en", [])
        count = min(_TEXT_POOL, len(texts))
        return [texts[int(index)] for index in self._rng.integers(len(texts), size=count)]

    def _foreign_words(self, record: Record) -> tuple[str, ...]:
        own = set(words_of(record))
        words = (word for text in self._drawn_texts(record) for word in text.lower().split())
        plain = (word.strip(".,!?;:") for word in words)
        return tuple(dict.fromkeys(word for word in plain if word.isalpha() and word not in own))

    def _item(
        self,
        aspect: str,
        kind: QuestionKind,
        *,
        answer: str,
        value: str = "",
        choices: tuple[str, ...] | None = None,
    ) -> QaItem:
        phrasings = self._aspects[aspect].of(kind)
        phrasing = phrasings[int(self._rng.integers(len(phrasings)))]
        return QaItem(
            question=phrasing.replace("{value}", value),
            answer=answer,
            kind=kind,
            field=self._aspects[aspect].field,
            choices=choices,
        )

    def _balanced(self, aspect: str, value: str) -> str:
        """Value under which an answer is counted: open aspects only know absent or not."""
        if aspect in _OPEN_ASPECTS and value != self._aspects[aspect].absent:
            return "present"
        return value

    def _state(self, aspect: str) -> _AspectState:
        found = {value: None for record in self._records for value in values_of(record, aspect)}
        balanced = dict.fromkeys(self._balanced(aspect, value) for value in found)
        return _AspectState(
            vocabulary=tuple(sorted(found)),
            answers=AnswerBalance(
                balanced, self._aspects[aspect].absent, self._config.absent_share
            ),
            yes_no=YesNoBalance(together=aspect in _OPEN_ASPECTS),
        )


def _texts_by_language(records: Sequence[Record]) -> dict[str, list[str]]:
    texts: dict[str, dict[str, None]] = defaultdict(dict)
    for record in records:
        if record.document.transcription is not None:
            texts[record.language][record.document.transcription] = None
    return {language: list(found) for language, found in texts.items()}


@cache
def _neighbours(aspect: str, value: str) -> tuple[str, ...]:
    near = load_phrasings().neighbours.get(aspect, {})
    if value in near:
        return near[value]
    ontology = load_ontology()
    category = ontology.category(value)
    return tuple(label for label in ontology.categories if ontology.category(label) == category
                 and category is not None and label != value)  # fmt: skip
