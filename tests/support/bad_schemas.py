"""JSON Schemas of callers that cannot be guaranteed, with the code that refuses each."""

STRING = {"type": "string"}


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
