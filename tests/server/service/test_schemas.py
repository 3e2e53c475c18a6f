"""Callers' schemas are guaranteed or refused by name, quickly; answers are valid against them."""

import json
import random
import re
import time

import jsonschema
import psutil
import pytest
from bad_schemas import REFUSED, STRING, reads

from uas_server.errors import ApiError
from uas_server.service.schema_compiler import SchemaCompiler
from uas_server.service.schemas import SchemaLimits, read_schema

LIMITS = SchemaLimits()
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


def test_500_schemas_are_refused_quickly(evidence):
    dice = random.Random(1)
    slowest = 0.0
    for _ in range(500):
        schema = dice.choice([schema for schema, _ in REFUSED.values()])
        text = schema if isinstance(schema, str) else json.dumps(schema)
        cut = text[: dice.randrange(len(text))] + dice.choice(['"', "1", "\\", ""])
        began = time.process_time()
        with pytest.raises(ApiError):
            read_schema(dice.choice([text, cut]), LIMITS)
        slowest = max(slowest, time.process_time() - began)
    assert slowest < 0.1
    evidence("Schemas", {"refused": 500, "slowest, ms of CPU": round(slowest * 1000, 1)})


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


async def test_different_schemas_leave_memory_flat(compiler, proving, evidence):
    """Each is compiled anew; the child's memory settles, the cache keeps the last few."""
    count = proving(100, 500)

    async def compile_those(first: int, last: int) -> int:
        for number in range(first, last):
            names = {f"p{number}_{n}": STRING for n in range(3)}
            await compiler.compile(json.dumps({"type": "object", "properties": names}))
        (child,) = (
            child
            for child in psutil.Process().children()
            if child.status() != psutil.STATUS_ZOMBIE
            and "uas_server.service.schema_worker" in child.cmdline()
        )
        return child.memory_info().rss

    settled = await compile_those(0, count // 5)
    grown = await compile_those(count // 5, count) - settled
    assert compiler.size == 2
    assert grown < 16 << 20
    evidence("Schemas", {"compiled": count, "child grown, MiB": round(grown / (1 << 20), 1)})


async def test_a_compile_that_takes_too_long_is_killed_and_the_next_one_works():
    compiler = SchemaCompiler(LIMITS, compile_s=0.0)
    with pytest.raises(ApiError, match="takes too long"):
        await compiler.compile(json.dumps(PYDANTIC_LIKE))
    assert compiler.size == 0
    await compiler.close()
