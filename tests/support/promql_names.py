"""What an expression in PromQL names: metrics, with what their labels have to be, and labels it
groups by. Enough for rules and dashboards; `promtool` checks the grammar.
"""

import re
from dataclasses import dataclass

_GROUPING = re.compile(
    r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\((?P<labels>[^)]*)\)"
)
_RANGE = re.compile(r"\[[^\]]*\]")
_SELECTOR = re.compile(r"(?<![\w:.$])(?P<name>[a-zA-Z_:][\w:]*)\b(?!\s*\()(?P<matchers>\{[^}]*\})?")
_MATCHER = re.compile(r'(?P<label>\w+)\s*(?P<how>=~|!~|!=|=)\s*"(?P<value>[^"]*)"')
_WORDS = frozenset({"or", "and", "unless", "bool", "offset"})


@dataclass(frozen=True)
class Matcher:
    """`label`, and the `values` that it is compared with, regular alternatives one by one."""

    label: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Named:
    """One expression: `metrics` by name with their matchers, and the labels it groups by."""

    metrics: tuple[tuple[str, tuple[Matcher, ...]], ...]
    grouped_by: frozenset[str]


def names_in(expression: str) -> Named:
    """Read one expression."""
    labels = [match["labels"].split(",") for match in _GROUPING.finditer(expression)]
    bare = _RANGE.sub("", _GROUPING.sub("", expression))
    metrics = [
        (match["name"], _matchers(match["matchers"] or ""))
        for match in _SELECTOR.finditer(bare)
        if match["name"] not in _WORDS
    ]
    grouped = frozenset(label.strip() for group in labels for label in group if label.strip())
    return Named(tuple(metrics), grouped)


def _matchers(text: str) -> tuple[Matcher, ...]:
    return tuple(
        Matcher(match["label"], tuple(match["value"].split("|")))
        for match in _MATCHER.finditer(text)
    )
