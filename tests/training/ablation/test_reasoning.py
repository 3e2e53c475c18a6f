"""Questions that join two facts: true answers, even answers, and both facts needed."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.training.ablation.conftest import EMOTIONS, TEXTS
from tests.training.conftest import voiced_record

from uas_schema.document import UasDocument
from uas_schema.records import QaItem, Record
from uas_training.ablation.facts import load_facts, values_of
from uas_training.ablation.questions import perception_records
from uas_training.ablation.reasoning import reasoning_records


def speech(number: int, gender: str, emotion: str, text: str) -> Record:
    record = voiced_record(number)
    voice = record.document.paralinguistics.replace(gender=gender, emotion=emotion)
    document = record.document.replace(transcription=text, paralinguistics=voice)
    return record.replace(document=document, qa=())


SPEECH = [
    speech(n, ("Male", "Female")[n % 2], EMOTIONS[n // 2 % 3], TEXTS[n // 6 % 3]) for n in range(72)
]


def true_statements(record: Record) -> set[str]:
    facts = load_facts()
    return {
        facts.statement(name, value)
        for name, fact in facts.facts.items()
        for value in values_of(record, fact.field)
    }


def holds(record: Record, joined: str) -> bool:
    """Whether both parts of a joined statement are true."""
    true = true_statements(record)
    return any(load_facts().join(a, b) == joined for a in true for b in true)


def asked(records: list[Record], count: int = 160) -> list[tuple[Record, QaItem]]:
    return [(r, item) for r in reasoning_records(records, count, 0) for item in r.qa]


def test_answers_are_true() -> None:
    found = asked(SPEECH)
    assert len(found) == 160
    for record, item in found:
        if item.kind == "choice":
            assert item.choices is not None
            assert [c for c in item.choices if holds(record, c)] == [item.answer]
        else:
            said = {text for text in true_statements(record) if text in item.question}
            assert (len(said) >= 2) is (item.answer == "yes")


def test_answers_and_positions_are_even() -> None:
    items = [item for _, item in asked(SPEECH)]
    yes_no = Counter(item.answer for item in items if item.kind == "yes_no")
    assert yes_no["yes"] == yes_no["no"]
    places = Counter(i.choices.index(i.answer) for i in items if i.choices)
    assert set(places.values()) == {places[0]}
    assert len(places) == 4


def test_one_fact_leaves_two_choices() -> None:
    for record, item in asked(SPEECH):
        if item.choices:
            parts = Counter(
                text for text in true_statements(record) for c in item.choices if text in c
            )
            assert set(parts.values()) == {2}


def test_the_same_seed_gives_the_same_questions() -> None:
    assert reasoning_records(SPEECH, 40, 3) == reasoning_records(SPEECH, 40, 3)
    assert reasoning_records(SPEECH, 40, 3) != reasoning_records(SPEECH, 40, 4)


def test_what_is_not_known_is_not_asked() -> None:
    silent = voiced_record(document=UasDocument.no_voice("Silence"), qa=())
    unknown = [record.replace(known={}) for record in SPEECH]
    assert reasoning_records([silent, *unknown], 10, 0) == []


@given(st.lists(st.sampled_from(("yes", "no")), max_size=30))
@settings(max_examples=30)
def test_perception_has_as_many_yes_as_no_and_nothing_of_the_words(answers: list[str]) -> None:
    records = [
        voiced_record(number).replace(
            qa=(
                QaItem(question="Is it?", answer=answer, kind="yes_no", field="emotion"),
                QaItem(question="What is said?", answer="a", kind="choice",
                       field="transcription", choices=("a", "b")),
                QaItem(question="How old?", answer="Adult", kind="direct", field="age"),
            )
        )
        for number, answer in enumerate(answers)
    ]  # fmt: skip
    left = Counter(item.answer for r in perception_records(records) for item in r.qa)
    rarest = min(answers.count("yes"), answers.count("no"))
    assert left == Counter({"yes": rarest, "no": rarest} if rarest else {})


@pytest.mark.parametrize("count", [0, 1, 7])
def test_no_more_questions_than_wanted(count: int) -> None:
    assert len(asked(SPEECH, count)) == count
