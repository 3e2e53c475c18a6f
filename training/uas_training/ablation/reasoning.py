"""Questions that join two facts of a clip, so that hearing one of them is not enough.

Half are yes/no questions. Half of their answers are yes; in the others one fact is false, the first
as often as the second. A choice is among the four ways in which two facts can be true or not, so
one fact leaves two choices. Wrong values are drawn from other clips of the same language, as often
as they are true there. Knows nothing of models.
"""

from collections.abc import Iterator, Sequence
from itertools import cycle

import numpy as np

from uas_schema.records import KnownField, QaItem, Record
from uas_training.ablation.facts import FactField, Facts, load_facts, values_of

WORDS: KnownField = "transcription"

_Truths = tuple[tuple[str, str], tuple[str, str]]  # the true and a false value of each fact


def reasoning_records(records: Sequence[Record], count: int, seed: int) -> list[Record]:
    """At most ``count`` questions on the records; a record has these alone, one at least.

    Pairs of facts take turns as far as the clips allow. The field of a question is
    "transcription" where both facts are words, else that of the fact that must be heard.
    """
    maker = _Maker(records, np.random.default_rng(seed))
    asked: dict[int, list[QaItem]] = {}
    for number, item in maker.questions(count):
        asked.setdefault(number, []).append(item)
    return [records[number].replace(qa=tuple(items)) for number, items in sorted(asked.items())]


class _Maker:
    def __init__(self, records: Sequence[Record], rng: np.random.Generator) -> None:
        self._records, self._rng, self._facts = records, rng, load_facts()
        fields = {fact.field for fact in self._facts.facts.values()}
        self._values = [{f: values_of(record, f) for f in sorted(fields)} for record in records]
        self._pools: dict[tuple[str, FactField], list[str]] = {}
        for record, values in zip(records, self._values, strict=True):
            for field, found in values.items():
                self._pools.setdefault((record.language, field), []).extend(found)
        # Each pair has its own turns, so that answers are even within every pair.
        self._kinds = {pair: cycle(("yes_no", "choice")) for pair in self._facts.pairs}
        self._false = {pair: cycle((None, 0, None, 1)) for pair in self._facts.pairs}
        self._places = {pair: cycle(range(4)) for pair in self._facts.pairs}

    def questions(self, count: int) -> Iterator[tuple[int, QaItem]]:
        """Numbers of records with a question, until ``count`` or until each pair met each clip."""
        queues = {pair: iter(self._shuffled()) for pair in self._facts.pairs}
        made = 0
        while queues and made < count:
            for pair in list(queues):
                found = self._next(pair, queues[pair])
                if found is None:
                    del queues[pair]
                elif made < count:
                    made += 1
                    yield found

    def _shuffled(self) -> list[int]:
        return [int(number) for number in self._rng.permutation(len(self._records))]

    def _next(self, pair: tuple[str, str], numbers: Iterator[int]) -> tuple[int, QaItem] | None:
        for number in numbers:
            truths = self._truths(number, pair)
            if truths is not None:
                return number, self._item(pair, truths)
        return None

    def _truths(self, number: int, pair: tuple[str, str]) -> _Truths | None:
        """A true and a false value of each fact, all different; None where there are none."""
        language = self._records[number].language
        used: list[str] = []
        for fact in pair:
            field = self._facts.facts[fact].field
            own = self._values[number][field]
            others = [value for value in self._pools[language, field] if value not in own]
            for values in (own, others):
                left = [value for value in values if value not in used]
                if not left:
                    return None
                used.append(left[int(self._rng.integers(len(left)))])
        return (used[0], used[1]), (used[2], used[3])

    def _item(self, pair: tuple[str, str], truths: _Truths) -> QaItem:
        fields = [self._facts.facts[fact].field for fact in pair]
        field = next((field for field in fields if field != WORDS), WORDS)
        if next(self._kinds[pair]) == "choice":
            return self._choice(pair, truths, field)
        false = next(self._false[pair])
        first, second = (
            self._facts.statement(fact, values[number == false])
            for number, (fact, values) in enumerate(zip(pair, truths, strict=True))
        )
        phrasing = self._drawn(self._facts.yes_no)
        question = phrasing.format(
            joined=self._facts.join(first, second), first=first, second=second
        )
        answer = "yes" if false is None else "no"
        return QaItem(question=question, answer=answer, kind="yes_no", field=field)

    def _choice(self, pair: tuple[str, str], truths: _Truths, field: KnownField) -> QaItem:
        texts = [
            _joined(self._facts, pair, (truths[0][first], truths[1][second]))
            for first, second in ((0, 0), (0, 1), (1, 0), (1, 1))
        ]
        wrong = [texts[1 + int(index)] for index in self._rng.permutation(3)]
        wrong.insert(next(self._places[pair]), texts[0])
        return QaItem(
            question=self._drawn(self._facts.choice),
            answer=texts[0],
            kind="choice",
            field=field,
            choices=tuple(wrong),
        )

    def _drawn(self, phrasings: Sequence[str]) -> str:
        return phrasings[int(self._rng.integers(len(phrasings)))]


def _joined(facts: Facts, pair: tuple[str, str], values: tuple[str, str]) -> str:
    first, second = (facts.statement(f, v) for f, v in zip(pair, values, strict=True))
    return facts.join(first, second)
