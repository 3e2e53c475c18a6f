"""The JSON Schema: it takes canonical and closed documents, and refuses planted errors."""

import json
from typing import Any

import pytest
from document_strategies import documents
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from uas_schema.document import UasDocument
from uas_schema.grammar import close

ANY = Draft202012Validator(UasDocument.json_schema())
COMPLETE = Draft202012Validator(UasDocument.json_schema(complete=True))
VOICE: dict[str, Any] = json.loads(
    '{"transcription":"Hi","paralinguistics":{"age":"Adult","gender":"Male","emotion":"Neutral",'
    '"accent":null,"prosody":"slow","timbre":null},"nonLinguisticEvents":{"description":null,'
    '"discreteEvents":[{"label":"bell","characteristic":"loud"}],"continuousEvents":[]}}'
)


def test_both_schemas_are_valid_and_named() -> None:
    for schema in (ANY.schema, COMPLETE.schema):
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["$id"].endswith(schema["version"])
    assert ANY.schema["$id"] != COMPLETE.schema["$id"]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(documents())
def test_canonical_documents_are_valid(document: UasDocument) -> None:
    ANY.validate(json.loads(document.canonical()))
    COMPLETE.validate(json.loads(document.canonical()))


@settings(max_examples=4, deadline=None, derandomize=True)
@given(documents(max_events=1, max_size=1))
def test_closed_documents_are_valid(document: UasDocument) -> None:
    text = document.canonical().encode()
    for size in range(0, len(text), 3):
        closed = close(text[:size])
        ANY.validate(json.loads(closed.text))
        cut = document.has_voice and "paralinguistics.emotion" in closed.incomplete
        assert COMPLETE.is_valid(json.loads(closed.text)) == (
            not cut or closed.document.transcription is None
        )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("transcription", None),
        ("transcription", 1),
        ("paralinguistics.age", None),
        ("paralinguistics.age", "adult"),
        ("paralinguistics.gender", "Other"),
        ("paralinguistics.emotion", None),
        ("paralinguistics.emotion", "Anger "),
        ("paralinguistics.accent", 3),
        ("paralinguistics.extra", "x"),
        ("nonLinguisticEvents.description", []),
        ("nonLinguisticEvents.discreteEvents", None),
        ("nonLinguisticEvents.continuousEvents", [{"label": "rain"}]),
        ("nonLinguisticEvents.continuousEvents", [{"label": None, "characteristic": "x"}]),
        ("nonLinguisticEvents", {"description": None}),
        ("extra", "x"),
    ],
)
def test_planted_errors_are_refused(path: str, value: object) -> None:
    planted = json.loads(json.dumps(VOICE))
    assert ANY.is_valid(planted)
    *parents, last = path.split(".")
    place = planted
    for parent in parents:
        place = place[parent]
    place[last] = value
    assert not ANY.is_valid(planted)
    assert not COMPLETE.is_valid(planted)
