"""Probabilities of texts are those with which decoding under the constraint writes them."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uas_server.engine.remote.ratings import settled, shares
from uas_server.engine.remote.sse import Token

TEXTS = ("Sad", "Surprise", "Fear")


def token(data: str, **top: float) -> Token:
    named = tuple((name, name.encode(), math.log(share)) for name, share in top.items())
    return Token(data, data.encode(), named)


def test_a_token_of_one_text_alone_gives_it_its_probability() -> None:
    known = shares(TEXTS, [token("Fear", Fear=0.5, Sad=0.2, Sur=0.1, other=0.2)])
    assert known is not None
    assert known.open == ()
    assert settled(known, []) == pytest.approx({"Fear": 5 / 8, "Sad": 2 / 8, "Surprise": 1 / 8})


def test_a_common_beginning_leads_on_along_the_way_that_was_taken() -> None:
    known = shares(TEXTS, [token("S", S=0.6, Fear=0.4), token("ad", ad=0.75, ur=0.25)])
    assert known is not None
    assert settled(known, []) == pytest.approx({"Sad": 0.45, "Surprise": 0.15, "Fear": 0.4})


def test_a_common_beginning_that_was_not_taken_stays_open() -> None:
    known = shares(TEXTS, [token("Fear", Fear=0.7, S=0.3)])
    assert known is not None
    assert known.open == ((("Sad", "Surprise"), pytest.approx(0.3)),)
    assert settled(known, [None]) is None
    inside = {"Sad": 0.5, "Surprise": 0.5}
    assert settled(known, [inside]) == pytest.approx({"Fear": 0.7, "Sad": 0.15, "Surprise": 0.15})


def test_the_end_decides_between_a_text_and_a_longer_one() -> None:
    end = Token("<|im_end|>", b"", (("end", b"", math.log(0.9)), ("x", b" barking", math.log(0.1))))
    known = shares(("a dog", "a dog barking"), [token("a dog", **{"a dog": 1.0}), end])
    assert known is not None
    assert settled(known, []) == pytest.approx({"a dog": 0.9, "a dog barking": 0.1})


@pytest.mark.parametrize(
    "tokens",
    [
        [],
        [Token("Fear", b"Fear")],
        [token("Fear", Fear=0.3, other=0.7)],
        [token("other", Fear=1.0)],
        [token("Sad", Fear=1.0)],
    ],
    ids=["no tokens", "none named", "mostly others", "no such text", "not among the likeliest"],
)
def test_too_little_is_not_made_up(tokens: list[Token]) -> None:
    known = shares(TEXTS, tokens)
    assert known is None or settled(known, [None] * len(known.open)) is None


@given(st.lists(st.floats(0.05, 1), min_size=8, max_size=8), st.integers(0, 2))
def test_they_are_those_of_a_walk_letter_by_letter(weights: list[float], chosen: int) -> None:
    texts = ("aa", "ab", "b")
    rows = {"": {"a": weights[0], "b": weights[1]}, "a": {"a": weights[2], "b": weights[3]}}
    truth = {}
    for text in texts:
        truth[text] = 1.0
        for place in range(len(text)):
            row = rows[text[:place]]
            truth[text] *= row[text[place]] / sum(row.values())

    def answer(text: str) -> list[Token]:
        found = []
        for place, letter in enumerate(text):
            row = rows[text[:place]]
            whole = sum(row.values())
            found.append(token(letter, **{key: value / whole for key, value in row.items()}))
        return found

    known = shares(texts, answer(texts[chosen]))
    assert known is not None
    opened = []
    for group, _ in known.open:
        opened.append(_conditional(truth, group))
    assert settled(known, opened) == pytest.approx(truth)
    assert list(itertools.chain(known.of)) == list(texts)


def _conditional(truth: dict[str, float], group: tuple[str, ...]) -> dict[str, float]:
    whole = sum(truth[text] for text in group)
    return {text: truth[text] / whole for text in group}
