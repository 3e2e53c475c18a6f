"""Planting errors: what is planted, where, and that it is the same every time."""

import copy
import json
from typing import Any

import pytest
from planted_gold import planted_gold

from planted_errors.gold import half_of, is_real
from planted_errors.kinds import DETERMINISTIC, EVIDENCE_BASED, KINDS
from planted_errors.planting import Kind, Planted, plant, to_line
from planted_errors.words import load_words
from uas_schema.document import CLOSED_FIELDS
from uas_schema.ontology import load_ontology, parse_prosody, parse_timbre
from uas_schema.records import Record


@pytest.fixture(scope="module")
def gold() -> list[dict[str, Any]]:
    return list(planted_gold())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_changes_a_copy_and_leaves_the_gold(
    kind: Kind, gold: list[dict[str, Any]]
) -> None:
    before = copy.deepcopy(gold)

    planted = list(plant(kind, gold, 6, seed=1))

    lines = {record["id"]: to_line(record) for record in gold}
    assert planted
    assert gold == before
    assert all(item.line != lines[item.gold_id] for item in planted)
    assert len({item.gold_id for item in planted}) == len(planted)
    assert all(isinstance(json.loads(item.line), dict) for item in planted)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_seed_plants_the_same_again(kind: Kind, gold: list[dict[str, Any]]) -> None:
    first, second = (list(plant(kind, gold, 6, seed=3)) for _ in range(2))

    assert first == second


@pytest.mark.parametrize("kind", EVIDENCE_BASED, ids=lambda kind: kind.name)
def test_evidence_based_kinds_stay_records(kind: Kind, gold: list[dict[str, Any]]) -> None:
    for item in plant(kind, gold, 6, seed=2):
        assert Record.from_json(item.line).id == item.gold_id


def test_there_are_as_many_kinds_as_promised_and_each_level_has_some() -> None:
    assert len(DETERMINISTIC) >= 15
    assert len(EVIDENCE_BASED) >= 10
    assert len({kind.level for kind in DETERMINISTIC}) == 4
    assert all(kind.plant.__doc__ for kind in KINDS)


def test_half_is_real_where_there_is_enough(gold: list[dict[str, Any]]) -> None:
    kind = _kind("value_outside_the_set")

    assert [item.real for item in plant(kind, gold, 6, seed=1)] == [True] * 3 + [False] * 3
    simulated = [record for record in gold if not is_real(record)]
    assert not any(item.real for item in plant(kind, simulated, 6, seed=1))


def test_a_kind_that_fits_few_records_gives_few(gold: list[dict[str, Any]]) -> None:
    children = [r for r in gold if r["document"]["paralinguistics"]["age"] == "Child"]

    assert len(list(plant(_kind("child_called_an_adult"), gold, 1000, 1))) == len(children)


def test_halves_part_the_gold_for_good() -> None:
    halves = [half_of(f"clip-{number}") for number in range(400)]

    assert 150 < halves.count("open") < 250
    assert [half_of("a"), half_of("b")] == [half_of("a"), half_of("b")]


def test_words_outside_the_vocabularies_are_outside() -> None:
    words, ontology = load_words(), load_ontology()

    assert not any(set(words.closed[name]) & set(CLOSED_FIELDS[name]) for name in CLOSED_FIELDS)
    assert not any(map(parse_prosody, words.prosody))
    assert not any(map(parse_timbre, words.timbre))
    assert not any(map(ontology.event, words.labels))
    assert not set(words.accents) & set(ontology.accents)


def test_a_repeated_key_is_in_the_text_twice(gold: list[dict[str, Any]]) -> None:
    pairs: list[list[tuple[str, Any]]] = []
    item = _first(_kind("repeated_key"), gold)

    json.loads(item.line, object_pairs_hook=lambda found: pairs.append(found) or dict(found))

    names = [[name for name, _ in found] for found in pairs]
    assert any(len(set(found)) < len(found) for found in names)


def test_an_error_in_the_corpus_changes_its_text_too(gold: list[dict[str, Any]]) -> None:
    item = _first(_kind("more_words_than_time"), gold)

    record = json.loads(item.line)
    text = record["document"]["transcription"]
    assert record["evidence"]["corpus_text"] == text
    assert len(text.split()) / record["duration_s"] > 9


def _kind(name: str) -> Kind:
    return next(kind for kind in KINDS if kind.name == name)


def _first(kind: Kind, gold: list[dict[str, Any]]) -> Planted:
    return next(plant(kind, gold, 2, seed=1))
