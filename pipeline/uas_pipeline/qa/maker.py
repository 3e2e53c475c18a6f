"""Questions on documents: direct, multiple choice and yes/no, on every field.

Nothing is asked about a field that is ``known: none``. Answers and positions are balanced over all
the records together and among those that their texts alone make alike, and wrong choices are values
that are right elsewhere, so neither wording nor transcript gives an answer away. The same seed and
records give the same questions.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import NamedTuple

from pydantic import Field

from uas_pipeline.qa.aspects import Values, values_by_aspect, words_of
from uas_pipeline.qa.balance import drawn, drawn_few, shuffled
from uas_pipeline.qa.phrasings import QuestionKind
from uas_pipeline.qa.states import AspectState, Kind, Place, states_of
from uas_pipeline.qa.told import told_by_text
from uas_schema.records import QaItem, Record
from uas_schema.strict import Strict

_CANDIDATES = 8  # values that wrong choices are chosen among
_WORD_DRAWS = 12  # texts of other clips in which a word is looked for that a clip does not have
_TEXT_CACHE = 8192  # texts whose words are kept


class QaConfig(Strict):
    """How many questions, and of which kind and aspect how large a share (default 1)."""

    seed: int = 0
    questions_per_record: int = 3
    choices: int = 4
    absent_share: float = Field(default=0.2, gt=0, lt=1)
    kind_shares: Mapping[QuestionKind, float] = {}
    aspect_shares: Mapping[str, float] = {"voice": 0.5, "first_word": 0.3, "words": 0.5}


class _About(NamedTuple):
    """What a question is about: a record's values of an aspect, and one drawn of them."""

    record: Record
    state: AspectState
    place: Place
    values: Values
    value: str


class QaMaker:
    """Makes the questions of a list of records that are balanced together."""

    def __init__(self, records: Sequence[Record], config: QaConfig) -> None:
        self._config, self._records = config, records
        self._rng = Random(config.seed)
        self._texts = _texts_by_language(records)
        self._values = [values_by_aspect(record) for record in records]
        self._told = [told_by_text(record) for record in records]
        self._states = states_of(
            self._values,
            self._told,
            config.absent_share,
            config.aspect_shares,
            config.kind_shares,
        )

    def make(self) -> Iterator[Record]:
        """The records in their order, with questions."""
        questions: dict[int, tuple[QaItem, ...]] = {}
        for index in shuffled(range(len(self._records)), self._rng):
            questions[index] = self._questions(index)
        for index, record in enumerate(self._records):
            # The questions are checked and the rest is as it was: no need to check it again.
            yield record.model_copy(update={"qa": questions[index]})

    def _questions(self, index: int) -> tuple[QaItem, ...]:
        values, told = self._values[index], self._told[index]
        states, rng, order = self._states, self._rng, []
        for aspect, true in values.items():
            state = states[aspect]
            turn = state.turn(state.places[told], true, rng)
            if turn is not None:
                order.append((turn, aspect))
        order.sort()
        items: list[QaItem] = []
        for _, aspect in order:
            state, true = states[aspect], values[aspect]
            place, value = state.places[told], drawn(true, rng)
            item = self._question(_About(self._records[index], state, place, true, value))
            if item is not None:
                state.asked += 1
                items.append(item)
                if len(items) == self._config.questions_per_record:
                    break
        return tuple(items)

    def _question(self, about: _About) -> QaItem | None:
        state = about.state
        for kind in state.kinds_in_turn(self._rng):
            if state.may_ask(kind.name, about.place, about.value):
                item = self._of_kind(kind, about)
                if item is not None:
                    kind.asked += 1
                    return item
        return None

    def _of_kind(self, kind: Kind, about: _About) -> QaItem | None:
        state, values = about.state, about.values
        if kind.name == "choice":
            return self._choice(kind, about)
        if kind.name == "direct" or state.name == "voice":
            state.direct.count(about.value)
            return self._item(state, kind, answer=", ".join(values))
        if state.name == "words":
            asked = self._word(about)
        else:
            true = [value for value in values if value != state.absent]
            asked = about.place.yes_no.ask(true, values, self._rng)
        if asked is None:
            return None
        value, is_true = asked
        return self._item(state, kind, answer="yes" if is_true else "no", value=value)

    def _choice(self, kind: Kind, about: _About) -> QaItem | None:
        state, place, right = about.state, about.place, about.value
        pool = (
            drawn_few(self._texts_like(about.record), _CANDIDATES, self._rng)
            if state.is_open
            else self._pool(about)
        )
        wrong = [value for value in pool if value not in about.values]
        if not wrong:
            return None
        absent, others = state.absent, self._config.choices - 1
        extra: list[str] = []
        if absent is not None and right != absent and place.choice.wants_absent(self._rng):
            extra.append(absent)
        chosen = extra + place.choice.lightest(wrong, others - len(extra), self._rng)
        place.choice.count(right, chosen, absent)
        state.count_choice(place, right)
        order = shuffled(chosen, self._rng)
        order.insert(state.positions.next(len(order) + 1, self._rng), right)
        return self._item(state, kind, answer=right, choices=tuple(order))

    def _pool(self, about: _About) -> Sequence[str]:
        """Some values to choose wrong ones among.

        All are neighbours of the right one, or it does not matter: two of them among others stand
        out. Where nothing is heard, they are one another's neighbours.
        """
        values, right = about.state.values_at(about.place, self._rng), about.value
        pivot = drawn(values, self._rng) if right == about.state.absent and values else right
        near = about.place.neighbours(pivot)
        enough = len(near) >= self._config.choices
        return drawn_few(near if enough else values, _CANDIDATES, self._rng)

    def _texts_like(self, record: Record) -> Sequence[str]:
        """Texts of the clip's language; English ones for a clip without a language."""
        return self._texts.get(record.language) or self._texts.get("en", [])

    def _word(self, about: _About) -> tuple[str, bool] | None:
        """A word that is said, or one that another clip says, by turns over all clips."""
        own, wanted = words_of(about.record), about.state.yes_is_next
        if wanted:
            word = drawn(own, self._rng) if own else None
        else:
            word = self._foreign_word(own, self._texts_like(about.record))
        if word is None:
            return None
        about.state.yes_is_next = not wanted
        return word, wanted

    def _foreign_word(self, own: Collection[str], texts: Sequence[str]) -> str | None:
        """A word of a text that the clip does not say."""
        for _ in range(_WORD_DRAWS if texts else 0):
            words = _plain_words(drawn(texts, self._rng))
            word = drawn(words, self._rng) if words else ""
            if word and word not in own:
                return word
        return None

    def _item(
        self,
        state: AspectState,
        kind: Kind,
        *,
        answer: str,
        value: str = "",
        choices: tuple[str, ...] | None = None,
    ) -> QaItem:
        phrasing = drawn(kind.phrasings, self._rng)
        return QaItem(
            question=phrasing.replace("{value}", value),
            answer=answer,
            kind=kind.name,
            field=state.known_field,
            choices=choices,
        )


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
