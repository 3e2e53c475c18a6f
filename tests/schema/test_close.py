"""Closing: every byte prefix of a document becomes a document, by the shortest legal way."""

import re
from itertools import accumulate

import pytest
from byte_automaton import ByteAutomaton, byte_automaton
from document_strategies import documents
from hypothesis import given, settings

from uas_schema.document import CLOSED_FIELDS, UasDocument
from uas_schema.errors import PrefixError
from uas_schema.grammar import Closed, close, regex_of
from uas_schema.rules import check, count_by_check
from uas_schema.skeleton import Node, Slot, no_voice_skeleton, pieces, voice_skeleton

# What may be dropped: part of a character, of an escape, of a closed value, or an event whose
# label has not begun.
DROPPED = re.compile(
    rb'[\xc2-\xf4][\x80-\xbf]{0,2}|\\|"[A-Za-z]*'
    rb'|,|,?\{"?l?a?b?e?l?"?:?(?:"(?:\\|[\xc2-\xf4][\x80-\xbf]{0,2})?)?'
)
EVERYTHING = (
    "transcription",
    *(f"paralinguistics.{name}" for name in (*CLOSED_FIELDS, "accent", "prosody", "timbre")),
    "nonLinguisticEvents.description",
    "nonLinguisticEvents.discreteEvents",
    "nonLinguisticEvents.continuousEvents",
)


class Oracle:
    """What the automaton and the pieces of a whole document say about its prefixes."""

    def __init__(self, document: UasDocument) -> None:
        self.text = document.canonical().encode()
        self.voice = document.has_voice
        cut = pieces(document)
        ends = list(accumulate(len(piece.text.encode()) for piece in cut))
        self.places = list(zip(cut, [0, *ends], ends, strict=False))
        self.states: dict[ByteAutomaton, list[int | None]] = {}

    def automaton(self, kept: int) -> ByteAutomaton:
        """The document's branch of the grammar, with null in slots not reached."""
        reached = {piece.slot_name for piece, start, _ in self.places if start < kept}

        def regex(node: Node) -> str:
            forced_null = isinstance(node, Slot) and node.name not in reached
            return "null" if forced_null else regex_of((node,))

        skeleton = voice_skeleton() if self.voice else no_voice_skeleton()
        return byte_automaton("".join(map(regex, skeleton)))

    def state(self, automaton: ByteAutomaton, kept: int) -> int | None:
        """State of the automaton after ``kept`` bytes of the document."""
        if automaton not in self.states:
            self.states[automaton] = list(automaton.path(self.text))
        return self.states[automaton][kept]

    def assert_shortest(self, closed: Closed) -> None:
        """The text is legal, and nothing shorter goes on from what was kept."""
        automaton = self.automaton(closed.kept)
        state = self.state(automaton, closed.kept)
        added = closed.text.encode()[closed.kept :]
        assert state is not None
        assert automaton.walk(added, state) in automaton.finals
        assert len(added) == automaton.distance[state]

    def assert_kept(self, size: int, closed: Closed) -> None:
        """Only a fragment was dropped; whole values are there, the others incomplete or forced."""
        dropped = self.text[closed.kept : size]
        assert dropped == b"" or DROPPED.fullmatch(dropped)
        assert closed.text.encode()[: closed.kept] == self.text[: closed.kept]
        for piece, start, end in self.places:
            value = piece.slot_name is not None and "[]" not in piece.slot_name
            opening = piece.text in ('{"label":', '},{"label":')
            if value and not opening and end <= size:
                assert end <= closed.kept
                assert piece.slot_name not in closed.incomplete
            if value and start >= size and self.voice:
                assert piece.slot_name in closed.incomplete


@settings(max_examples=25, deadline=None, derandomize=True)
@given(documents(max_events=2, max_size=2))
def test_every_prefix_closes_to_the_shortest_document(document: UasDocument) -> None:
    oracle = Oracle(document)
    for size in range(len(oracle.text)):
        closed = close(oracle.text[:size])
        assert closed.document.canonical() == closed.text
        oracle.assert_kept(size, closed)
        oracle.assert_shortest(closed)
        faults = count_by_check(check(closed.document, closed.incomplete))
        assert not {"voice_field_missing", "voice_field_without_voice"} & set(faults)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(documents())
def test_a_whole_document_closes_to_itself(document: UasDocument) -> None:
    text = document.canonical()
    closed = close(text.encode())
    assert closed == Closed(text, document, (), len(text.encode()))


def test_nothing_closes_to_nothing_heard_and_everything_incomplete() -> None:
    closed = close(b"")
    assert closed.document == UasDocument.no_voice()
    assert closed.incomplete == EVERYTHING
    assert closed.kept == 0


@pytest.mark.parametrize(
    ("prefix", "start", "incomplete"),
    [
        ('{"transcription":n', '{"transcription":null,', EVERYTHING[7:]),
        ('{"transcription":"', '{"transcription":"",', EVERYTHING),
        ('{"transcription":"a\\', '{"transcription":"a",', EVERYTHING),
        ('{"transcription":"a\\n', '{"transcription":"a\\n",', EVERYTHING),
        ('{"transcription":"a"', '{"transcription":"a","par', EVERYTHING[1:]),
    ],
)
def test_what_was_reached_is_complete(prefix: str, start: str, incomplete: tuple[str, ...]) -> None:
    closed = close(prefix.encode())
    assert closed.text.startswith(start)
    assert closed.incomplete == incomplete


@pytest.mark.parametrize(
    ("begun", "emotion"),
    [('"', None), ('"S', None), ('"Sa', "Sadness"), ('"A', "Anger"), ('"Anger', "Anger")],
)
def test_a_closed_value_is_kept_when_only_one_is_possible(begun: str, emotion: str | None) -> None:
    start = '{"transcription":"","paralinguistics":{"age":"Adult","gender":"Male","emotion":'
    closed = close((start + begun).encode())
    assert closed.document.paralinguistics.emotion == emotion
    assert ("paralinguistics.emotion" in closed.incomplete) == (emotion is None)


@pytest.mark.parametrize(
    ("begun", "labels"),
    [
        ("[", []),
        ('[{"la', []),
        ('[{"label":"', []),
        ('[{"label":"be', ["be"]),
        ('[{"label":"bell"', ["bell"]),
        ('[{"label":"bell","characteristic":"lo', ["bell"]),
        ('[{"label":"bell","characteristic":"loud"}', ["bell"]),
        ('[{"label":"bell","characteristic":"loud"},{"label":"', ["bell"]),
        ('[{"label":"bell","characteristic":"loud"},{"label":"d', ["bell", "d"]),
    ],
)
def test_an_event_is_kept_when_its_label_has_begun(begun: str, labels: list[str]) -> None:
    start = UasDocument.no_voice().canonical().partition('"discreteEvents":')
    closed = close("".join((*start[:2], begun)).encode())
    heard = closed.document.non_linguistic_events
    assert [event.label for event in heard.discrete_events] == labels
    assert closed.incomplete == EVERYTHING[8:]


@pytest.mark.parametrize(
    ("prefix", "message"),
    [
        (b"x", "'x' at character 0, expected {"),
        (b'{"transcription":1', "'1' at character 17, expected null"),
        (b'{"transcription":"\n', "expected a string of canonical text"),
        (b'{"transcription":"\\u', "expected a string of canonical text"),
        (b'{"transcription":"\xff', "byte 18 is not UTF-8"),
        (b'{"transcription":"\x80', "byte 18 is not UTF-8"),
        (b'{"transcription":"","paralinguistics":{"age":null', 'expected "Child" or "Adult"'),
        (UasDocument.no_voice().canonical().encode() + b" ", "' ' at character 210, expected the"),
    ],
)
def test_bytes_that_begin_no_document_are_refused(prefix: bytes, message: str) -> None:
    with pytest.raises(PrefixError) as raised:
        close(prefix)
    assert message in str(raised.value)
