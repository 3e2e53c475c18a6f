"""Questions are balanced among clips that their transcripts alone make alike."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uas_pipeline.qa.maker import QaConfig, QaMaker
from uas_pipeline.qa.told import NOBODY, Told, told_by_text
from uas_schema.document import CLOSED_FIELDS, Event, UasDocument
from uas_schema.ontology import load_ontology
from uas_schema.records import KNOWN_FIELDS, KnownField, QaItem, Record

COUNT = 700
ENGLISH = ("British English", "North American English", "Scottish English")
# Language, accents and ages of three corpora, how many of the clips are theirs, and how often a
# sound goes on in the background.
CORPORA = {
    "calls": ("en", ENGLISH, CLOSED_FIELDS["age"], 4, 0.2),
    "acted": ("en", ENGLISH[1:2], ("Adult",), 3, 0.05),
    "briefe": ("de", ("Standard German",), ("Adult", "Elderly"), 2, 0.0),
}
LABELS = ("rain", "wind", "fan", "vacuum cleaner", "car engine", "sea waves")
CHECKED: tuple[KnownField, ...] = ("age", "gender", "accent", "continuousEvents")
Asked = list[tuple[Told, QaItem]]


def _record(number: int, rng: random.Random) -> Record:
    if rng.random() < 0.25:
        name, language = "sounds", "und"
        events = _events(rng, 0.8)
        document = UasDocument.no_voice("Silence" if not events else "Nature sound", (), events)
    else:
        name = rng.choices(list(CORPORA), [corpus[3] for corpus in CORPORA.values()])[0]
        language, accents, ages, _, share = CORPORA[name]
        document = UasDocument.model_validate(
            {
                "transcription": f"{name} {number}",
                "paralinguistics": {
                    "age": rng.choice(ages),
                    "gender": rng.choice(CLOSED_FIELDS["gender"]),
                    "emotion": "Neutral",
                    "accent": rng.choices(accents, range(1, len(accents) + 1))[0],
                    "prosody": None,
                    "timbre": None,
                },
                "nonLinguisticEvents": {
                    "description": "Speech in a quiet room",
                    "discreteEvents": (),
                    "continuousEvents": _events(rng, share),
                },
            }
        )
    known = dict.fromkeys(CHECKED, "truth")
    return Record(
        id=str(number), audio="a.flac", sample_rate_hz=16_000, duration_s=1.0, language=language,
        speaker=None, corpus=rng.choice((name, f"{name}+rain")), licence="CC0-1.0", split="train",
        document=document, known=known,  # type: ignore[arg-type] # a dict of literals
    )  # fmt: skip


def _events(rng: random.Random, share: float) -> tuple[Event, ...]:
    if rng.random() >= share:
        return ()
    return (Event(label=rng.choice(LABELS), characteristic="steady, dark"),)


def _asked(seed: int, config: QaConfig | None = None) -> Asked:
    rng = random.Random(seed)
    records = [_record(number, rng) for number in range(COUNT)]
    made = QaMaker(records, config or QaConfig(seed=seed)).make()
    return [(told_by_text(record), item) for record in made for item in record.qa]


def _by_place(asked: Asked, kind: str) -> Iterator[tuple[Told, KnownField, list[QaItem]]]:
    found: dict[tuple[Told, KnownField], list[QaItem]] = defaultdict(list)
    for told, item in asked:
        if item.kind == kind and item.field in CHECKED:
            found[told, item.field].append(item)
    for (told, field), items in found.items():
        yield told, field, items


@pytest.fixture(scope="module")
def many() -> Asked:
    return [one for seed in range(8) for one in _asked(seed)]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_choice_is_given_where_the_text_tells_the_answer(seed: int) -> None:
    for told, field, items in [
        *_by_place(_asked(seed), "choice"),
        *_by_place(_asked(seed), "yes_no"),
    ]:
        assert told == NOBODY or field != "accent" or told[1] == "calls"
        assert told == NOBODY or field != "age" or told[1] != "acted"
        assert field != "continuousEvents" or told[1] != "briefe", items


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_choices_are_what_can_be_true_of_such_a_text(seed: int) -> None:
    for told, field, items in _by_place(_asked(seed), "choice"):
        for item in items:
            shown = set(item.choices or ()) - {"nobody speaks", "none"}
            if field == "accent":
                assert shown <= set(ENGLISH)
            if field == "age" and told != NOBODY:
                assert shown <= set(CORPORA[told[1]][2])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_yes_and_no_are_balanced_for_each_value_of_such_a_text(seed: int) -> None:
    for _, _, items in _by_place(_asked(seed), "yes_no"):
        values: dict[str, Counter[str]] = defaultdict(Counter)
        for item in items:
            values[_named(item)][item.answer] += 1
        assert all(0 <= count["yes"] - count["no"] <= 1 for count in values.values())


def _named(item: QaItem) -> str:
    names = [*LABELS, *load_ontology().accents, *CLOSED_FIELDS["age"], *CLOSED_FIELDS["gender"]]
    return max((name for name in names if name in item.question), key=len)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_answers_are_even_among_texts_that_read_alike(seed: int) -> None:
    for told, _, items in _by_place(_asked(seed), "choice"):
        counts = Counter(item.answer for item in items)
        counts = Counter({v: n for v, n in counts.items() if v not in {"nobody speaks", "none"}})
        if told != NOBODY and counts:
            assert max(counts.values()) <= 1.2 * counts.total() / len(counts) + 4


def test_the_answer_that_nothing_is_heard_is_right_as_often_as_others(many: Asked) -> None:
    for told, field, items in _by_place(many, "choice"):
        if field != "continuousEvents" or len(items) < 100:
            continue
        shown = [item for item in items if "none" in (item.choices or ())]
        right = sum(item.answer == "none" for item in shown)
        chance = sum(1 / len(item.choices or ()) for item in shown)
        assert abs(right - chance) <= 0.06 * len(shown) + 3, told


def test_nobody_speaks_is_right_as_often_as_others(many: Asked) -> None:
    for field in ("age", "gender", "accent"):
        shown = [item for _, item in many if item.field == field and item.choices
                 and "nobody speaks" in item.choices]  # fmt: skip
        right = sum(item.answer == "nobody speaks" for item in shown)
        chance = sum(1 / len(item.choices or ()) for item in shown)
        assert len(shown) > 100
        assert abs(right - chance) <= 0.06 * len(shown) + 3


def test_every_field_of_every_corpus_is_still_asked_for(many: Asked) -> None:
    asked = Counter((told[1], item.field) for told, item in many)
    for corpus in CORPORA:
        for field in CHECKED:
            assert asked[corpus, field] > 20, (corpus, field)
    assert {item.field for _, item in many} <= set(KNOWN_FIELDS)
