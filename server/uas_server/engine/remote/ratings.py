"""Probabilities of a few texts, read off an answer that was held to them.

At every place the back end names the likeliest tokens. Those that begin one text alone give their
probability to it; those that begin several lead on. So each text gets the probability that decoding
under the constraint writes it. Knows nothing of HTTP.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from uas_server.engine.remote.dialect import TOKEN_ID
from uas_server.engine.remote.sse import Token

LEAST_SEEN = 0.5
"""Of a place's probability, so much must lie on tokens of the texts, where a back end chose which
tokens to name: it may have left some of them out. Asked for by their ids, they are all there."""

NEGLIGIBLE = 1e-3
"""A share that may be dealt out by the other shares without another question."""

_NO_TEXT = b"\xff"  # begins nothing in UTF-8


@dataclass(frozen=True)
class Shares:
    """What one answer tells.

    Attributes:
        of: probability by text, as far as it is known.
        open: groups of texts that share a probability, not known how.
    """

    of: dict[str, float]
    open: tuple[tuple[tuple[str, ...], float], ...]


def shares(texts: Sequence[str], tokens: Sequence[Token]) -> Shares | None:
    """What `tokens`, an answer held to `texts`, tell of them; None when they tell nothing."""
    found = dict.fromkeys(texts, 0.0)
    groups: list[tuple[tuple[str, ...], float]] = []
    alive, reached, place = tuple(texts), 1.0, 0
    for token in tokens:
        if len(alive) == 1:
            break
        masses = _masses(alive, place, token)
        going_on = _fitting(alive, place, token.data)
        seen = sum(masses.values())
        least = 0.0 if token.name.startswith(TOKEN_ID) else LEAST_SEEN
        if seen <= 0 or seen < least or going_on not in masses:
            return None
        for group, mass in masses.items():
            share = reached * mass / seen
            if len(group) == 1:
                found[group[0]] += share
            elif group != going_on:
                groups.append((group, share))
        reached *= masses[going_on] / seen
        alive, place = going_on, place + len(token.data)
    if len(alive) > 1:
        groups.append((alive, reached))
    return Shares(found, tuple(groups))


def settled(known: Shares, opened: Sequence[dict[str, float] | None]) -> dict[str, float] | None:
    """Join shares with the probabilities inside each open group, None where these are not known.

    Gives None when more than a negligible part stays unknown.
    """
    found = dict(known.of)
    unknown = 0.0
    for (_, share), inside in zip(known.open, opened, strict=True):
        if inside is None:
            unknown += share
            continue
        for text, probability in inside.items():
            found[text] += share * probability
    total = sum(found.values())
    if unknown > NEGLIGIBLE * len(found) or total <= 0:
        return None
    return {text: share / total for text, share in found.items()}


def exact(token: Token, table: Sequence[bytes]) -> Token:
    """The token with the bytes of its id by `table`, where the back end gave ids."""
    if not token.name.startswith(TOKEN_ID):
        return token
    top = tuple((name, _bytes(name, table), logprob) for name, _, logprob in token.top)
    return Token(token.name, _bytes(token.name, table), top)


def _bytes(name: str, table: Sequence[bytes]) -> bytes:
    number = name.removeprefix(TOKEN_ID)
    known = number.isdecimal() and int(number) < len(table)
    return table[int(number)] if known else _NO_TEXT


def _masses(alive: Sequence[str], place: int, token: Token) -> dict[tuple[str, ...], float]:
    """Probability of the tokens at a place, by the texts that they lead to."""
    masses: dict[tuple[str, ...], float] = defaultdict(float)
    for _, data, logprob in token.top:
        fitting = _fitting(alive, place, data)
        if fitting:
            masses[fitting] += math.exp(min(logprob, 0.0))
    return masses


def _fitting(alive: Sequence[str], place: int, data: bytes) -> tuple[str, ...]:
    return tuple(text for text in alive if _fits(text.encode()[place:], data))


def _fits(rest: bytes, data: bytes) -> bool:
    if not rest:
        return not data or (data.startswith(b"<") and data.endswith(b">"))  # an end token
    return bool(data) and rest.startswith(data)
