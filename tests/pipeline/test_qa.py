"""Questions are balanced, true, and not to be answered without the audio."""

import random
from collections import Counter, defaultdict
from itertools import permutations

import pytest

from uas_pipeline.qa.aspects import values_of
from uas_pipeline.qa.maker import QaConfig, QaMaker
from uas_pipeline.qa.phrasings import load_phrasings
from uas_schema.document import (
    CLOSED_FIELDS,
    Event,
    NonLinguisticEvents,
    Paralinguistics,
    UasDocument,
)
from uas_schema.ontology import format_prosody, format_timbre, load_ontology
from uas_schema.records import KNOWN_FIELDS, QaItem, Record

COUNT = 1500
LABELS = ("dog bark", "cat meow", "rain", "wind", "piano", "guitar", "bell", "alarm")
WORDS = ("lamp", "river", "seven", "green", "walks", "under", "bridge", "paper", "quickly", "home")


def _events(rng: random.Random) -> tuple[Event, ...]:
    labels = rng.sample(LABELS, rng.choice((0, 0, 1, 1, 2)))
    return tuple(Event(label=label, characteristic="short, dark") for label in labels)


def _document(rng: random.Random) -> UasDocument:
    events = _events(rng)
    if rng.random() < 0.2:
        return UasDocument.no_voice("Silence" if not events else "Animal sound, no speech", events)
    prosody, timbre = load_ontology().prosody, load_ontology().timbre
    return UasDocument(
        transcription=" ".join(rng.sample(WORDS, 4)),
        paralinguistics=Paralinguistics(
            age=rng.choices(CLOSED_FIELDS["age"], (1, 8, 1))[0],  # skewed, as corpora are
            gender=rng.choice(CLOSED_FIELDS["gender"]),
            emotion=rng.choices(CLOSED_FIELDS["emotion"], (1, 1, 1, 1, 6, 1, 1))[0],
            accent=rng.choice(load_ontology().accents[:3]),
            prosody=format_prosody(*(rng.choice(scale.levels) for scale in prosody.values())),
            timbre=format_timbre(*(rng.choice(scale.levels) for scale in timbre.values())),
        ),
        non_linguistic_events=NonLinguisticEvents(
            description="Speech in a quiet room", discrete_events=events, continuous_events=()
        ),
    )


def _record(number: int, rng: random.Random) -> Record:
    document = _document(rng)
    emotion = "none" if document.has_voice and rng.random() < 0.4 else "truth"
    return Record(
        id=str(number), audio="a.flac", sample_rate_hz=16_000, duration_s=1.0, language="en",
        speaker=None, corpus="toy", licence="CC0-1.0", split="train", document=document,
        known=dict.fromkeys(KNOWN_FIELDS, "truth") | {"emotion": emotion},
    )  # fmt: skip


@pytest.fixture(scope="module")
def asked() -> list[Record]:
    rng = random.Random(5)
    records = [_record(number, rng) for number in range(COUNT)]
    return list(QaMaker(records, QaConfig(seed=3)).make())


def _items(records: list[Record]) -> list[tuple[Record, QaItem]]:
    return [(record, item) for record in records for item in record.qa]


def test_the_seed_decides_the_questions(asked: list[Record]) -> None:
    plain = [record.replace(qa=()) for record in asked]
    assert list(QaMaker(plain, QaConfig(seed=3)).make()) == asked
    assert list(QaMaker(plain, QaConfig(seed=4)).make()) != asked


def test_every_field_is_asked_for_in_every_kind(asked: list[Record]) -> None:
    seen = {(item.field, item.kind) for _, item in _items(asked)}
    wanted = {
        (phrasings.field, kind)
        for phrasings in load_phrasings().aspects.values()
        for kind in ("direct", "choice", "yes_no")
        if phrasings.of(kind)  # type: ignore[arg-type]
    }
    unseen = {(field, kind) for field, kind in wanted - seen if field != "continuousEvents"}
    assert {field for field, _ in seen} == set(KNOWN_FIELDS)
    assert unseen == set()


def test_nothing_is_asked_about_what_is_not_known(asked: list[Record]) -> None:
    assert all(record.known[item.field] != "none" for record, item in _items(asked))


def test_answers_are_true(asked: list[Record]) -> None:
    aspects = load_phrasings().aspects
    for record, item in _items(asked):
        if item.kind == "yes_no":
            continue
        true = [values_of(record, name) for name in aspects if aspects[name].field == item.field]
        assert any(item.answer in (*values, ", ".join(values)) for values in true)


def test_choices_hold_the_answer_once_and_nothing_else_that_is_true(asked: list[Record]) -> None:
    for record, item in _items(asked):
        if item.kind != "choice":
            assert item.choices is None
            continue
        assert item.choices is not None
        assert 2 <= len(item.choices) <= 4
        assert len(set(item.choices)) == len(item.choices)
        assert item.choices.count(item.answer) == 1
        heard = {event.label for event in record.document.non_linguistic_events.discrete_events}
        if item.field == "discreteEvents":
            assert len(heard & set(item.choices)) == (1 if heard else 0)


def test_positions_are_balanced(asked: list[Record]) -> None:
    counts = Counter(
        item.choices.index(item.answer)
        for _, item in _items(asked)
        if item.choices is not None and len(item.choices) == 4
    )
    assert max(counts.values()) <= 1.1 * min(counts[position] for position in range(4)) + 5


@pytest.mark.parametrize("field", ["age", "gender", "emotion", "accent", "prosody", "timbre"])
def test_yes_and_no_are_balanced_for_each_field(asked: list[Record], field: str) -> None:
    counts = Counter(
        item.answer for _, item in _items(asked) if item.field == field and item.kind == "yes_no"
    )
    assert counts.total() > 30
    assert abs(counts["yes"] - counts["no"]) <= 0.1 * counts.total() + 3


def test_yes_and_no_are_balanced_where_somebody_speaks(asked: list[Record]) -> None:
    counts = Counter(
        item.answer
        for record, item in _items(asked)
        if item.kind == "yes_no" and item.field in {"age", "gender", "emotion", "prosody", "timbre"}
        if record.document.has_voice
    )
    assert counts.total() > 150
    assert abs(counts["yes"] - counts["no"]) <= 0.1 * counts.total() + 3


def test_skewed_values_are_asked_for_evenly(asked: list[Record]) -> None:
    counts = Counter(
        item.answer for _, item in _items(asked) if item.field == "age" and item.kind != "yes_no"
    )
    values = [counts[value] for value in CLOSED_FIELDS["age"]]
    assert max(values) <= 2.0 * min(values)
    assert 0 < counts["nobody speaks"] <= 0.35 * counts.total()


def _guess(trained: dict[str, Counter[str]], item: QaItem) -> str:
    """Best answer from the words of the question alone."""
    if item.kind == "yes_no":
        return trained[item.question].most_common(1)[0][0] if trained[item.question] else "yes"
    right = trained[item.field]
    return max(item.choices or (), key=lambda choice: right[choice] - right[f"wrong {choice}"])


def test_the_wording_gives_no_answer_away(asked: list[Record]) -> None:
    """A learner that sees questions and choices, never audio, stays within 8 points of chance."""
    items = [item for _, item in _items(asked) if item.field != "transcription"]
    trained: dict[str, Counter[str]] = defaultdict(Counter)
    for item in items[::2]:
        trained[item.question][item.answer] += 1
        trained[item.field][item.answer] += 1
        trained[item.field].update(f"wrong {c}" for c in item.choices or () if c != item.answer)
    for kind in ("yes_no", "choice"):
        tested = [item for item in items[1::2] if item.kind == kind]
        hits = sum(_guess(trained, item) == item.answer for item in tested)
        chance = sum(1 / len(item.choices or ("yes", "no")) for item in tested)
        assert len(tested) > 200
        assert (hits - chance) / len(tested) < 0.08


@pytest.mark.parametrize("aspect", ["emotion", "discrete"])
def test_no_choice_stands_out_among_the_others(aspect: str) -> None:
    """A learner that knows which choices stand beside an answer stays within 8 points of chance."""
    rng = random.Random(6)
    records = [_record(number, rng) for number in range(COUNT)]
    config = QaConfig(kind_shares={"choice": 100}, aspect_shares={aspect: 1000})
    made = [item for _, item in _items(list(QaMaker(records, config).make()))]
    field = load_phrasings().aspects[aspect].field
    items = [item for item in made if item.field == field and item.choices]
    right, shown = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for item in items[::2]:
        pairs = permutations(item.choices or (), 2)
        shown.update(pairs)
        right.update((item.answer, other) for other in item.choices or () if other != item.answer)

    def guess(item: QaItem) -> str:
        def odds(choice: str) -> float:
            others = [other for other in item.choices or () if other != choice]
            return sum(right[choice, other] / (shown[choice, other] + 1) for other in others)

        return max(item.choices or (), key=odds)

    tested = items[1::2]
    hits = sum(guess(item) == item.answer for item in tested)
    chance = sum(1 / len(item.choices or ()) for item in tested)
    assert len(tested) > 200
    assert (hits - chance) / len(tested) < 0.08


def test_phrasings_name_no_value() -> None:
    ontology = load_ontology()
    values = {value.lower() for closed in ontology.closed.values() for value in closed}
    values |= {level for scales in (ontology.prosody, ontology.timbre) for scale in scales.values()
               for level in scale.levels}  # fmt: skip
    for aspect, phrasings in load_phrasings().aspects.items():
        for text in (*phrasings.direct, *phrasings.choice):
            words = set(text.lower().replace("?", " ").replace(".", " ").replace(",", " ").split())
            named = words & values - {"high", "fast", "bright"}  # "How high is the voice?"
            assert not named, (aspect, text)
