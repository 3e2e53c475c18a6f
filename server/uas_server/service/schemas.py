"""Which JSON Schemas of callers are taken: those whose every keyword can be guaranteed.

`outlines` silently ignores keywords that a regular expression cannot hold (minimum, uniqueItems,
not) and lets some strings through unescaped, so there is a list of what is taken and everything
else is refused by name. What passes is rewritten without references and annotations. All of this
is pure and quick; nothing is compiled here.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from uas_server.errors import ApiError

Node = dict[str, Any]

ANNOTATIONS = frozenset(
    {"$schema", "$id", "$comment", "title", "description", "default", "examples", "deprecated"}
)
_DEFINITIONS = ("$defs", "definitions")
_SCALARS: dict[str, tuple[int, tuple[type, ...]]] = {
    # type: states of its automaton, Python types of its values
    "string": (12, (str,)),
    "integer": (4, (int,)),
    "number": (12, (int, float)),
    "boolean": (9, (bool,)),
    "null": (4, (type(None),)),
}
_KEYWORDS: dict[str, frozenset[str]] = {
    "object": frozenset({"type", "properties", "required", "additionalProperties"}),
    "array": frozenset({"type", "items", "minItems", "maxItems"}),
    **dict.fromkeys(_SCALARS, frozenset({"type"})),
    "anyOf": frozenset({"anyOf"}),
    "enum": frozenset({"type", "enum"}),
    "const": frozenset({"type", "const"}),
    "$ref": frozenset({"$ref"}),
}
_KNOWN = frozenset().union(*_KEYWORDS.values())
_MOST_VALUES = 256
_MOST_ITEMS = 64
_NAME = re.compile(r'[^"\\\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,64}')


@dataclass(frozen=True)
class SchemaLimits:
    """Bounds of a caller's schema: bytes of its text, depth of nesting, states of its automaton."""

    text_bytes: int = 16_384
    depth: int = 8
    states: int = 2_000


def read_schema(text: str, limits: SchemaLimits) -> Node:
    """Parse and check a schema; return it without references and annotations.

    Raises `ApiError` invalid_schema, unsupported_schema_keyword or schema_too_large; its `param`
    is the place, such as "schema.properties.mood".
    """
    if len(text.encode(errors="replace")) > limits.text_bytes:
        _too_large(f"is over {limits.text_bytes} bytes", "schema")
    return _Reader(_parse(text), limits).read()


def _parse(text: str) -> Node:
    try:
        schema = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except RecursionError:
        _too_large("is nested too deep to read", "schema")
    except ValueError:
        _invalid("is not JSON text: send one JSON object", "schema")
    if not isinstance(schema, dict):
        _invalid("is not a JSON object", "schema")
    return schema


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a key occurs twice")
    return dict(pairs)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


class _Reader:
    """Walks one schema; `states` adds up what its automaton is going to need."""

    def __init__(self, schema: Node, limits: SchemaLimits) -> None:
        self._schema = schema
        self._limits = limits
        self._states = 0
        self._kinds: Mapping[str, Callable[[Node, str, tuple[str, ...], int], Node]] = {
            "object": self._object,
            "array": self._array,
            "anyOf": self._any_of,
            "$ref": self._reference,
            "enum": self._values,
            "const": self._values,
        }

    def read(self) -> Node:
        """The whole schema, rewritten."""
        top = {name: value for name, value in self._schema.items() if name not in _DEFINITIONS}
        return self._node(top, "schema", (), 1)

    def _node(self, node: object, place: str, path: tuple[str, ...], times: int) -> Node:
        """Rewrite one node; `path` holds the references on the way, `times` its repetitions."""
        if not isinstance(node, dict):
            _invalid("is not an object; true, false and {} allow anything, which is refused", place)
        if place.count(".") + place.count("[") > 2 * self._limits.depth:
            _too_large(f"is nested deeper than {self._limits.depth}", place)
        bare = {name: value for name, value in node.items() if name not in ANNOTATIONS}
        for name in bare:
            if name not in _KNOWN:
                _unsupported(name, place)
        kind = _kind_of(bare, place)
        for name in bare:
            if name not in _KEYWORDS[kind]:
                _unsupported(name, place)
        if kind in _SCALARS:
            self._add(_SCALARS[kind][0] * times, place)
            return {"type": kind}
        return self._kinds[kind](bare, place, path, times)

    def _object(self, node: Node, place: str, path: tuple[str, ...], times: int) -> Node:
        properties, required = node.get("properties"), node.get("required", [])
        if not isinstance(properties, dict) or not properties:
            _invalid("is an object without properties; list them", place)
        if node.get("additionalProperties", False) is not False:
            _unsupported("additionalProperties", place)
        if not isinstance(required, list) or not all(name in properties for name in required):
            _invalid("requires a name that is not among its properties", place)
        for name in properties:
            if not _NAME.fullmatch(name):
                _invalid("has a property name with a quote, a backslash or over 64 letters", place)
        # outlines writes out which optional properties may come before which
        copies = times * (1 + len(properties) - len(set(required)))
        self._add(sum(len(name.encode()) + 4 for name in properties) * copies, place)
        read = {
            name: self._node(value, f"{place}.properties.{name}", path, copies)
            for name, value in properties.items()
        }
        ordered = [name for name in properties if name in required]
        return {
            "type": "object",
            "properties": read,
            "required": ordered,
            "additionalProperties": False,
        }

    def _array(self, node: Node, place: str, path: tuple[str, ...], times: int) -> Node:
        if "items" not in node:
            _invalid("is an array without items; say what they are", place)
        least, most = node.get("minItems", 0), node.get("maxItems")
        for name, bound in (("minItems", least), ("maxItems", most)):
            if bound is not None and (type(bound) is not int or not 0 <= bound <= _MOST_ITEMS):
                _too_large(f"has {name} that is no whole number from 0 to {_MOST_ITEMS}", place)
        if most is not None and most < max(1, least):
            _invalid("has maxItems below minItems or below 1", place)
        copies = times * max(2, most or 0, least + 1)
        read: Node = {
            "type": "array",
            "items": self._node(node["items"], f"{place}.items", path, copies),
        }
        bounds = {name: node[name] for name in ("minItems", "maxItems") if name in node}
        return read | bounds

    def _any_of(self, node: Node, place: str, path: tuple[str, ...], times: int) -> Node:
        options = node["anyOf"]
        if not isinstance(options, list) or not options:
            _invalid("has an anyOf that is not a list of schemas", place)
        read = [
            self._node(option, f"{place}.anyOf[{index}]", path, times)
            for index, option in enumerate(options)
        ]
        return {"anyOf": read}

    def _values(self, node: Node, place: str, _path: tuple[str, ...], times: int) -> Node:
        values = node["enum"] if "enum" in node else [node["const"]]
        if not isinstance(values, list) or not 1 <= len(values) <= _MOST_VALUES:
            _too_large(f"has an enum that is no list of 1 to {_MOST_VALUES} values", place)
        allowed = _types_of(node.get("type", list(_SCALARS)), place)
        for value in values:
            if not any(_is_of(value, name) for name in allowed):
                _invalid(
                    "has a value that is no text, number, true, false or null of its type", place
                )
        self._add(sum(len(_dump(value, place)) for value in values) * times, place)
        return {"enum": values}

    def _reference(self, node: Node, place: str, path: tuple[str, ...], times: int) -> Node:
        target = node["$ref"]
        if not isinstance(target, str) or target in path:
            _invalid("refers to itself; recursive schemas cannot be guaranteed", place)
        parts = target.split("/")
        if len(parts) != 3 or parts[0] != "#" or parts[1] not in _DEFINITIONS:
            _invalid("has a $ref that is not #/$defs/NAME", place)
        definitions = self._schema.get(parts[1])
        if not isinstance(definitions, dict) or parts[2] not in definitions:
            _invalid("has a $ref to a definition that is not there", place)
        self._add(times, place)
        return self._node(definitions[parts[2]], f"{place}.$ref", (*path, target), times)

    def _add(self, states: int, place: str) -> None:
        self._states += states
        if self._states > self._limits.states:
            _too_large(f"needs over {self._limits.states} states of an automaton", place)


def _kind_of(node: Node, place: str) -> str:
    for name in ("$ref", "anyOf", "enum", "const"):
        if name in node:
            return name
    types = _types_of(node.get("type", "object" if "properties" in node else None), place)
    if len(types) != 1:
        _invalid("has several types; write them as anyOf", place)
    return types[0]


def _types_of(given: object, place: str) -> list[str]:
    types: list[str] = []
    for name in given if isinstance(given, list) else [given]:
        if not isinstance(name, str) or name not in ("object", "array", *_SCALARS):
            _invalid("has no type that is known; give type, enum, const, anyOf or $ref", place)
        types.append(name)
    return types


def _is_of(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return name in _SCALARS and isinstance(value, _SCALARS[name][1])


def _dump(value: object, place: str) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        _invalid("has a value that is not Unicode text", place)


def _invalid(reason: str, place: str) -> NoReturn:
    raise ApiError("invalid_schema", f"The schema at this place {reason}.", param=_short(place))


def _too_large(reason: str, place: str) -> NoReturn:
    message = f"The schema at this place {reason}. Make it smaller."
    raise ApiError("schema_too_large", message, param=_short(place))


def _unsupported(keyword: str, place: str) -> NoReturn:
    supported = ", ".join(sorted(_KNOWN))
    shown = keyword if _NAME.fullmatch(keyword) else "(unprintable)"
    message = f"The keyword {shown} cannot be guaranteed here. Supported: {supported}."
    raise ApiError("unsupported_schema_keyword", message, param=_short(f"{place}.{shown}"))


def _short(place: str) -> str:
    return place if len(place) <= 200 else place[:200]
