"""Follows tokens through a skeleton that a model writes as one text. Pure.

Says where the text is, what is left of the skeleton, and what the steps told of closed values.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from uas_schema.skeleton import Literal, Node, Repeat, Skeleton, Slot

LIKELIEST = 20
"""Tokens of a step whose log-probabilities are worth asking for.

As many as vLLM gives unless told otherwise. At the place where the emotions part, the vocabulary of
the shipped model has 18 legal tokens, at the other places of closed values fewer.
"""

_QUOTE, _BACKSLASH = b'"\\'
_NULL = b"null"


class Trail:
    """The place of a legal text in a skeleton.

    Attributes:
        rest: nodes that are not whole, the one that is being written first.
        written: bytes of that one.
        recent: tokens that end in it.
    """

    def __init__(
        self,
        nodes: Skeleton,
        token_bytes: Sequence[bytes],
        probs: dict[str, dict[str, float]],
    ) -> None:
        """`probs` takes in the probabilities of each closed slot when it is whole."""
        self.rest = nodes
        self.written = bytearray()
        self.recent: list[int] = []
        self._token_bytes = token_bytes
        self._probs = probs
        self._escaped = False
        self._shares = self._new_shares()

    @property
    def open_slot(self) -> Slot | None:
        """The free slot that has been begun, if the text is in one."""
        node = self.rest[0] if self.rest and self.written else None
        return node if isinstance(node, Slot) and node.values is None else None

    def take(self, token: int, likely: Mapping[int, float]) -> None:
        """Go on by a token of the text.

        `likely` holds log-probabilities of tokens that were legal there, the taken one among them;
        empty where they are not known.
        """
        data = self._token_bytes[token]
        for place, byte in enumerate(data):
            # Once for a slot: a token may begin in the literal before it.
            if self._shares is not None and (place == 0 or not self.written):
                written = bytes(self.written)
                ways = {
                    other: (written + self._token_bytes[other][place:], _probability(log))
                    for other, log in likely.items()
                }
                self._shares.add(ways, token)
            self._push(byte)
        if self.written:
            self.recent.append(token)

    def _push(self, byte: int) -> None:
        node = self.rest[0]
        self.written.append(byte)
        whole = self._is_whole(node, byte)
        self._escaped = byte == _BACKSLASH and not self._escaped
        if whole:
            self._leave(node, self.written.decode(errors="replace"))

    def _is_whole(self, node: Node, byte: int) -> bool:
        written = self.written
        if isinstance(node, Literal):
            return written == node.text.encode()
        if isinstance(node, Repeat):
            return written in (node.first.encode(), node.end_empty.encode())
        if node.values is not None:
            return written.decode(errors="replace") in node.values
        closed = byte == _QUOTE and len(written) > 1 and not self._escaped
        return closed or written == _NULL

    def _leave(self, node: Node, text: str) -> None:
        if self._shares is not None and isinstance(node, Slot):
            self._probs[node.name] = self._shares.settled(text)
        self.rest = (*_item_of(node, text), *self.rest[1:])
        self.written.clear()
        self.recent.clear()
        self._shares = self._new_shares()

    def _new_shares(self) -> Shares | None:
        node = self.rest[0] if self.rest else None
        values = node.values if isinstance(node, Slot) else None
        return None if values is None else Shares(values)


class Shares:
    """Probabilities of a closed slot's values, read off the steps that wrote one of them.

    They are those with which sampling under the grammar writes a value. A step's token that only
    one value begins with, or goes on with, gives it its whole probability, whatever would have
    followed. So they are exact when the values part at one token, as all do in the vocabulary of
    the shipped model. Where values part later, only the steps of the one that was written are
    known: a token that several begin with and that was not taken is shared equally among them.

    They differ from the probabilities of whole texts (`uas_server.engine.walk`), which ask for
    every token of a value without a grammar: there a value also loses what the model would put in
    its middle against the grammar, and gains nothing from other ways to cut it into tokens.
    """

    def __init__(self, values: tuple[str, ...]) -> None:
        self._values = {value: value.encode() for value in values}
        self._settled = dict.fromkeys(values, 0.0)
        self._left = 1.0

    def add(self, ways: Mapping[int, tuple[bytes, float]], taken: int) -> None:
        """Take in a step in which the token `taken` was said.

        `ways` holds, by token, what the slot begins with after it, and how probable it is; tokens
        that no value allows are left out of the sum.
        """
        legal = {token: way for token, way in ways.items() if way[1] > 0 and self._fitting(way[0])}
        if taken not in legal:
            return
        whole = sum(probability for _, probability in legal.values())
        before = self._left
        for token, (text, probability) in legal.items():
            share = before * probability / whole
            if token == taken:
                self._left = share
                continue
            fitting = self._fitting(text)
            for value in fitting:
                self._settled[value] += share / len(fitting)

    def settled(self, value: str) -> dict[str, float]:
        """Probabilities of all values, summing to 1, when `value` was written."""
        self._settled[value] += self._left
        whole = sum(self._settled.values())
        return {each: share / whole for each, share in self._settled.items()}

    def _fitting(self, text: bytes) -> list[str]:
        return [
            value
            for value, data in self._values.items()
            if data.startswith(text) or text.startswith(data)
        ]


def _item_of(node: Node, text: str) -> Iterator[Node]:
    """What a list that goes on puts before the rest: an item, and then itself."""
    if isinstance(node, Repeat) and text == node.first:
        yield from node.item
        yield replace(node, first=node.more, end_empty=node.end)


def _probability(log: float) -> float:
    return math.exp(min(log, 0.0)) if math.isfinite(log) else 0.0
