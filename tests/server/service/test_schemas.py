"""Callers' schemas are guaranteed or refused by name, quickly; answers are valid against them."""

import json
import random
import re
import time

import jsonschema
import pytest

from uas_server.errors import ApiError
from uas_server.service.schema_compiler import SchemaCompiler
from uas_server.service.schemas import SchemaLimits, read_schema

LIMITS = SchemaLimits()
STRING = {"type": "string"}
PYDANTIC_LIKE = {
    "$defs": {
        "Mood": {"enum": ["calm", "tense"], "title": "Mood", "type": "string"},
        "Speaker": {
            "properties": {"name": STRING, "mood": {"$ref": "#/$defs/Mood"}},
            "required": ["name", "mood"],
            "title": "Speaker",
            "type": "object",
        },
    },
    "properties": {
        "speakers": {"items": {"$ref": "#/$defs/Speaker"}, "type": "array", "maxItems": 3},
        "note": {"anyOf": [STRING, {"type": "null"}], "default": None, "title": "Note"},
        "count": {"type": "integer"},
        "sure": {"type": "boolean"},
        "share": {"type": "number"},
    },
    "required": ["speakers", "count"],
    "title": "Scene",
    "type": "object",
}


def nested(depth: int) -> dict:
    schema: dict = STRING
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def reads(**keywords: object) -> dict:
    return {"type": "object", "properties": {"a": {**STRING, **keywords}}}


REFUSED = {
    "not JSON": ("{", "invalid_schema"),
    "a list": ([], "invalid_schema"),
    "anything": ({}, "invalid_schema"),
    "true": ({"type": "object", "properties": {"a": True}}, "invalid_schema"),
    "NaN": ('{"const": NaN}', "invalid_schema"),
    "a key twice": ('{"type":"string","type":"null"}', "invalid_schema"),
    "open object": ({"type": "object"}, "invalid_schema"),
    "open array": ({"type": "array"}, "invalid_schema"),
    "unknown type": ({"type": "text"}, "invalid_schema"),
    "two types": ({"type": ["string", "null"]}, "invalid_schema"),
    "pattern": (reads(pattern="(a+)+$"), "unsupported_schema_keyword"),
    "maxLength": (reads(maxLength=3), "unsupported_schema_keyword"),
    "format": (reads(format="date"), "unsupported_schema_keyword"),
    "minimum": ({"type": "integer", "minimum": 0}, "unsupported_schema_keyword"),
    "uniqueItems": (
        {"type": "array", "items": STRING, "uniqueItems": True},
        "unsupported_schema_keyword",
    ),
    "not": ({"not": STRING}, "unsupported_schema_keyword"),
    "oneOf": ({"oneOf": [STRING]}, "unsupported_schema_keyword"),
    "allOf": ({"allOf": [STRING]}, "unsupported_schema_keyword"),
    "items of a string": ({**STRING, "items": STRING}, "unsupported_schema_keyword"),
    "open properties": (
        {"type": "object", "properties": {"a": STRING}, "additionalProperties": True},
        "unsupported_schema_keyword",
    ),
    "remote $ref": ({"$ref": "https://example.org/a.json"}, "invalid_schema"),
    "missing $ref": ({"$ref": "#/$defs/A"}, "invalid_schema"),
    "$ref loop": ({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}, "invalid_schema"),
    "$ref loop of two": (
        {
            "$ref": "#/$defs/A",
            "$defs": {
                "A": {"type": "array", "items": {"$ref": "#/$defs/B"}},
                "B": {"type": "array", "items": {"$ref": "#/$defs/A"}},
            },
        },
        "invalid_schema",
    ),
    "$ref that doubles": (
        {
            "$ref": "#/$defs/A0",
            "$defs": {
                **{f"A{i}": {"anyOf": [{"$ref": f"#/$defs/A{i + 1}"}] * 9} for i in range(9)},
                "A9": STRING,
            },
        },
        "schema_too_large",
    ),
    "huge enum": ({"enum": [f"word {i}" for i in range(257)]}, "schema_too_large"),
    "long enum": ({"enum": [f"{i:0>200}" for i in range(60)]}, "schema_too_large"),
    "many items": ({"type": "array", "items": STRING, "maxItems": 10**9}, "schema_too_large"),
    "nested items": (
        {
            "type": "array",
            "maxItems": 60,
            "items": {"type": "array", "maxItems": 60, "items": STRING},
        },
        "schema_too_large",
    ),
    "many optional": (
        {"type": "object", "properties": {f"p{i}": STRING for i in range(100)}},
        "schema_too_large",
    ),
    "too deep": (nested(9), "schema_too_large"),
    "far too deep": ('{"anyOf":[' * 5_000, "schema_too_large"),
    "too long": ({"const": "x" * 17_000}, "schema_too_large"),
    "quote in a name": (
        {"type": "object", "properties": {'a"b': STRING}},
        "invalid_schema",
    ),
    "requires a stranger": (
        {"type": "object", "properties": {"a": STRING}, "required": ["b"]},
        "invalid_schema",
    ),
    "value of another type": ({"type": "integer", "enum": ["a"]}, "invalid_schema"),
    "value is an object": ({"const": {"a": 1}}, "invalid_schema"),
    "lone surrogate": ('{"const": "\\ud800"}', "invalid_schema"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_guaranteed_is_refused_by_name(name):
    schema, code = REFUSED[name]
    text = schema if isinstance(schema, str) else json.dumps(schema)
    with pytest.raises(ApiError) as caught:
        read_schema(text, LIMITS)
    assert caught.value.code == code
    assert caught.value.status == 400
    assert caught.value.param.startswith("schema")


def test_the_place_of_the_fault_is_named():
    with pytest.raises(ApiError, match=r"keyword pattern cannot be guaranteed.*anyOf") as caught:
        read_schema(json.dumps(reads(pattern="a")), LIMITS)
    assert caught.value.param == "schema.properties.a.pattern"


def test_what_is_taken_loses_references_and_annotations():
    read = read_schema(json.dumps(PYDANTIC_LIKE), LIMITS)
    assert "$" not in json.dumps(read)
    assert "title" not in json.dumps(read)
    assert read["properties"]["speakers"]["items"]["properties"]["mood"] == {
        "enum": ["calm", "tense"]
    }


def test_500_schemas_are_refused_quickly():
    dice = random.Random(1)
    slowest = 0.0
    for _ in range(500):
        text = json.dumps(dice.choice([s for s, _ in REFUSED.values()]))
        cut = text[: dice.randrange(len(text))] + dice.choice(['"', "}", "1", "\\", ""])
        began = time.process_time()
        with pytest.raises(ApiError):
            read_schema(cut, LIMITS)
        slowest = max(slowest, time.process_time() - began)
    assert slowest < 0.1


@pytest.fixture
async def compiler():
    made = SchemaCompiler(LIMITS, cached=2, compile_s=30)
    yield made
    await made.close()


async def test_the_pattern_matches_valid_answers_and_no_others(compiler):
    compiled = await compiler.compile(json.dumps(PYDANTIC_LIKE))
    good = '{"speakers":[{"name":"Ann \\"A\\"","mood":"calm"}],"note":null,"count":-2,"share":1.5}'
    assert re.fullmatch(compiled.pattern, good)
    assert compiled.value_of(good)["count"] == -2
    jsonschema.validate(compiled.value_of(good), PYDANTIC_LIKE)
    for bad in (good.replace("calm", "loud"), good.replace(",", ", "), good[:-1], "{}"):
        assert not re.fullmatch(compiled.pattern, bad)
    with pytest.raises(ValueError, match="not valid against its schema"):
        compiled.value_of("{}")


async def test_the_cache_is_bounded_and_the_child_outlives_what_it_refuses(compiler):
    for name in "abcd":
        await compiler.compile(json.dumps({"const": name}))
    assert compiler.size == 2
    tight = SchemaCompiler(SchemaLimits(states=16), compile_s=30)
    with pytest.raises(ApiError, match="over 16 states"):
        await tight.compile(json.dumps({"type": "array", "items": STRING}))
    await tight.compile('{"type":"null"}')
    await tight.close()


async def test_a_compile_that_takes_too_long_is_killed_and_the_next_one_works():
    compiler = SchemaCompiler(LIMITS, compile_s=0.0)
    with pytest.raises(ApiError, match="takes too long"):
        await compiler.compile(json.dumps(PYDANTIC_LIKE))
    assert compiler.size == 0
    await compiler.close()
