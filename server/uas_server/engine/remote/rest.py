"""What is left of a skeleton's pattern when some of its text is written already.

An answer that is asked to go on must be held to what is left of its pattern, not to all of it.
Knows nothing of UAS, tokens or back ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from uas_schema.grammar import regex_of
from uas_schema.skeleton import STRING_PATTERN, Literal, Node, Repeat, Slot

_OPEN_STRING = STRING_PATTERN.removeprefix('"')
_HALF_ESCAPE = re.compile(r'"(?:[^"\\]|\\.)*\\', re.DOTALL)
_ESCAPED = r'["\\nt]'


def rest_of(nodes: Sequence[Node], written: str) -> str:
    """Regex of all that may follow `written`, the beginning of a text of `nodes`."""
    for number, node in enumerate(nodes):
        found = re.match(regex_of((node,)), written)
        if found is None:
            return _rest_of_node(node, written) + regex_of(tuple(nodes[number + 1 :]))
        written = written[found.end() :]
    return ""


def _rest_of_node(node: Node, written: str) -> str:
    if isinstance(node, Literal):
        return _rest_of_texts((node.text,), written)
    if isinstance(node, Repeat):
        return _rest_of_list(node, written)
    if node.values is not None:
        return _rest_of_texts(node.values, written)
    return _rest_of_string(node, written)


def _rest_of_texts(texts: Sequence[str], written: str) -> str:
    left = (text.removeprefix(written) for text in texts if text.startswith(written))
    return f"(?:{'|'.join(map(re.escape, left))})"


def _rest_of_string(slot: Slot, written: str) -> str:
    if not written:
        return slot.pattern
    if not written.startswith('"'):
        return _rest_of_texts(("null",), written)
    return (_ESCAPED if _HALF_ESCAPE.fullmatch(written) else "") + _OPEN_STRING


def _rest_of_list(node: Repeat, written: str) -> str:
    item = regex_of(node.item)
    more = f"(?:{re.escape(node.more)}{item})*{re.escape(node.end)}"
    opening, end = node.first, node.end_empty
    while written.startswith(opening):
        written = written.removeprefix(opening)
        found = re.match(item, written)
        if found is None:
            return rest_of(node.item, written) + more
        written = written[found.end() :]
        opening, end = node.more, node.end
    going_on = opening.removeprefix(written) if opening.startswith(written) else None
    ends = [re.escape(end.removeprefix(written))] if end.startswith(written) else []
    if going_on is not None:
        ends.append(f"{re.escape(going_on)}{item}{more}")
    return f"(?:{'|'.join(ends)})"
