"""An answer is taken in as far as it keeps to its pattern, however it is cut and wrapped."""

import re
from itertools import pairwise

import pytest
from document_strategies import documents
from hypothesis import given
from hypothesis import strategies as st

from uas_schema.document import UasDocument
from uas_schema.grammar import close, document_regex
from uas_server.engine.errors import InvalidConstraint
from uas_server.engine.remote.automaton import byte_automaton
from uas_server.engine.remote.reader import Reader

WORD = "(?:a dog|a dog barking|é+😀)"


def read(reader: Reader, *parts: str) -> str:
    return "".join(map(reader.feed, parts)) + reader.end()


@given(documents(), st.lists(st.integers(0, 400)), st.text(max_size=5))
def test_a_document_is_taken_in_however_it_is_cut(
    document: UasDocument, cuts: list[int], more: str
) -> None:
    text = document.canonical()
    edges = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    parts = [text[start:end] for start, end in pairwise(edges)]
    reader = Reader(byte_automaton(document_regex()))
    assert read(reader, *parts, more) == text
    assert reader.is_done
    assert not reader.strayed


@given(documents(), st.integers(0, 400), st.text(max_size=9), st.booleans())
def test_what_is_taken_in_always_begins_a_document(
    document: UasDocument, place: int, junk: str, tolerant: bool
) -> None:
    text = document.canonical()
    reader = Reader(byte_automaton(document_regex()), tolerant=tolerant)
    taken = read(reader, text[:place], junk, text[place:])
    close(taken.encode())
    assert reader.is_complete == (re.fullmatch(document_regex(), taken) is not None)


@pytest.mark.parametrize(
    "answer",
    [
        '"hi","x":1}',
        ' "hi", "x": 1 }',
        '```json\n"hi","x":1}\n```',
        '```\n{"a": "hi",\n "x": 1}\n```',
        '{"a":"hi","x":1} I hope this helps.',
        '\n\n{ "a" : "hi", "x": 1}',
    ],
)
def test_wrapping_comes_off(answer: str) -> None:
    automaton = byte_automaton(r'"[a-z ]*","x":[0-9]\}')
    for size in (1, 3, len(answer)):
        reader = Reader(automaton, said='{"a":', tolerant=True)
        parts = [answer[first : first + size] for first in range(0, len(answer), size)]
        assert read(reader, *parts) == '"hi","x":1}'


def test_without_tolerance_nothing_comes_off() -> None:
    reader = Reader(byte_automaton('"x"'))
    assert read(reader, ' "x"') == ""
    assert reader.strayed


def test_it_goes_on_from_what_was_read_before() -> None:
    reader = Reader(byte_automaton("(?:é😀){2}"), "é😀é")
    assert read(reader, "😀more") == "😀"
    assert reader.is_done


def test_a_text_that_could_end_may_also_go_on() -> None:
    reader = Reader(byte_automaton(WORD))
    assert reader.feed("a dog") == "a dog"
    assert (reader.is_complete, reader.is_done) == (True, False)
    assert reader.takes(" barking")
    assert not reader.takes("!")
    assert read(reader, " barking") == " barking"
    assert reader.is_done


@pytest.mark.parametrize("pattern", ["(", r"(a)\1", "a" * 70_000])
def test_a_pattern_that_cannot_be_compiled_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidConstraint):
        byte_automaton(pattern)
