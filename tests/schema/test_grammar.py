"""The grammar holds exactly the canonical texts: by `re`, by outlines-core and by llguidance."""

import random
import re

import pytest
from byte_automaton import byte_automaton
from document_strategies import documents, texts
from hypothesis import given, settings
from llguidance import LLMatcher, LLTokenizer

from uas_schema.document import Event, UasDocument, canonical_string
from uas_schema.grammar import STRING_PATTERN, close, document_regex, regex_of
from uas_schema.skeleton import (
    START,
    TRANSCRIPTION,
    Literal,
    Repeat,
    Slot,
    after_transcription,
    no_voice_skeleton,
    pieces,
    voice_skeleton,
)

REGEX = re.compile(document_regex())
BYTES = LLTokenizer("byte")
LLGUIDANCE = LLMatcher(BYTES, LLMatcher.grammar_from_regex(document_regex()))

SILENCE = UasDocument.no_voice("Silence").canonical()
VOICE = (
    '{"transcription":"Hi","paralinguistics":{"age":"Adult","gender":"Male","emotion":"Neutral",'
    '"accent":null,"prosody":null,"timbre":null},"nonLinguisticEvents":{"description":null,'
    '"discreteEvents":[{"label":"bell","characteristic":"loud"}],"continuousEvents":[]}}'
)


def llguidance_accepts(text: str) -> bool:
    matcher = LLGUIDANCE.deep_copy()
    tokens = BYTES.tokenize_bytes(text.encode())
    return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()


def accepted_by(text: str) -> set[str]:
    oracles = {
        "re": REGEX.fullmatch(text) is not None,
        "outlines-core": byte_automaton(document_regex()).accepts(text.encode()),
        "llguidance": llguidance_accepts(text),
    }
    return {name for name, accepts in oracles.items() if accepts}


@settings(max_examples=100, deadline=None, derandomize=True)
@given(documents())
def test_canonical_text_is_in_the_grammar_and_means_the_document(document: UasDocument) -> None:
    text = document.canonical()
    assert accepted_by(text) == {"re", "outlines-core", "llguidance"}
    assert UasDocument.parse(text) == document
    assert UasDocument.parse(text.encode()) == document


@settings(max_examples=100, deadline=None, derandomize=True)
@given(documents())
def test_pieces_join_to_the_canonical_text(document: UasDocument) -> None:
    cut = pieces(document)
    assert "".join(piece.text for piece in cut) == document.canonical()
    assert all(piece.forced == (piece.slot_name is None) for piece in cut)
    assert cut[0].text == START.text
    assert cut[1].slot_name == TRANSCRIPTION


def test_long_lists_and_texts_are_in_the_grammar() -> None:
    events = tuple(Event(label=f"bell {index}", characteristic="x" * 200) for index in range(300))
    document = UasDocument.no_voice("y" * 20_000, events, events)
    assert accepted_by(document.canonical()) == {"re", "outlines-core", "llguidance"}
    assert close(document.canonical().encode()).document == document
    assert "".join(piece.text for piece in pieces(document)) == document.canonical()


@settings(max_examples=300, deadline=None, derandomize=True)
@given(texts(max_size=20))
def test_a_canonical_string_matches_the_string_pattern(text: str) -> None:
    assert re.fullmatch(STRING_PATTERN, canonical_string(text))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (":", ": "),
        ("Hi", "\\u0041"),
        ("Hi", "\\/"),
        ("Hi", "\\r"),
        ("Hi", "a\nb"),
        ("Hi", "a\x7fb"),
        ("Hi", "a\x85b"),
        ("Hi", 'a"b'),
        ('"Hi"', "null"),
        ('"Adult"', "null"),
        ('"Male"', "null"),
        ('"Neutral"', "null"),
        ('"Adult"', '"adult"'),
        ('"Adult"', '"Old"'),
        ('"bell"', "null"),
        ("}]", "},]"),
        ("}}", "}} "),
        ("}}", "}"),
        ('"gender":"Male",', ""),
        ('"loud"', '"loud","x":"y"'),
    ],
)
def test_near_misses_are_outside_the_grammar(old: str, new: str) -> None:
    assert accepted_by(VOICE) == {"re", "outlines-core", "llguidance"}
    assert accepted_by(VOICE.replace(old, new, 1)) == set()


@pytest.mark.parametrize("field", ["age", "gender", "emotion", "accent", "prosody", "timbre"])
def test_without_voice_no_field_of_a_voice_has_a_value(field: str) -> None:
    value = {"age": '"Adult"', "gender": '"Male"', "emotion": '"Fear"'}.get(field, '"x"')
    assert accepted_by(SILENCE) == {"re", "outlines-core", "llguidance"}
    assert accepted_by(SILENCE.replace(f'"{field}":null', f'"{field}":{value}')) == set()


@pytest.mark.parametrize("seed", range(100))
def test_every_text_of_the_grammar_is_canonical(seed: int) -> None:
    """Random walks through the automaton: no legal text is anything but canonical."""
    text = random_text(random.Random(seed))
    document = UasDocument.parse(text)
    assert document.canonical().encode() == text
    assert b"".join(piece.text.encode() for piece in pieces(document)) == text


def random_text(chance: random.Random, wander: float = 0.9) -> bytes:
    """Legal text: mostly any legal byte, sometimes one on the shortest way to the end."""
    automaton = byte_automaton(document_regex())
    state, text = automaton.start, bytearray()
    while state not in automaton.finals:
        row = automaton.next[state]
        near = min(automaton.distance[after] for after in row.values())
        out = [byte for byte, after in row.items() if automaton.distance[after] == near]
        byte = chance.choice(sorted(row) if chance.random() < wander else sorted(out))
        text.append(byte)
        state = row[byte]
    return bytes(text)


def test_skeletons_are_whole_documents() -> None:
    voice, no_voice = voice_skeleton(), no_voice_skeleton()
    assert re.fullmatch(regex_of(voice), VOICE)
    assert re.fullmatch(regex_of(no_voice), SILENCE)
    assert re.fullmatch(regex_of(no_voice), VOICE) is None
    assert voice[0] == no_voice[0] == START
    assert voice[2:] == after_transcription(voice=True)
    assert no_voice[2:] == after_transcription(voice=False)


def test_slots_carry_paths_and_closed_values() -> None:
    slots = {node.name: node for node in voice_skeleton() if isinstance(node, Slot)}
    assert slots["paralinguistics.age"].values == ('"Child"', '"Adult"', '"Elderly"')
    assert slots["paralinguistics.accent"].values is None
    assert re.fullmatch(slots["paralinguistics.gender"].pattern, '"Female"')
    assert re.fullmatch(slots["paralinguistics.gender"].pattern, "null") is None
    assert re.fullmatch(slots["nonLinguisticEvents.description"].pattern, "null")


def test_lists_carry_their_decisions() -> None:
    discrete, continuous = (node for node in no_voice_skeleton() if isinstance(node, Repeat))
    assert discrete.name == "nonLinguisticEvents.discreteEvents"
    assert continuous.name == "nonLinguisticEvents.continuousEvents"
    assert (discrete.first, discrete.more) == ('{"label":', '},{"label":')
    assert (discrete.end_empty, discrete.end) == ("]", "}]")
    assert [type(node) for node in discrete.item] == [Slot, Literal, Slot]
    names = [node.name for node in discrete.item if isinstance(node, Slot)]
    assert names == [f"{discrete.name}[].label", f"{discrete.name}[].characteristic"]


def test_pieces_refuse_what_the_grammar_cannot_say() -> None:
    voiceless = UasDocument.parse(VOICE).replace(transcription=None)
    with pytest.raises(ValueError, match=r"without voice has paralinguistics.*mend it"):
        pieces(voiceless)
    silent = UasDocument.no_voice().paralinguistics
    with pytest.raises(ValueError, match=r"paralinguistics.age is null .* give a value"):
        pieces(UasDocument.parse(VOICE).replace(paralinguistics=silent))


def test_the_automaton_stays_small() -> None:
    """Bounded strings or lists would make thousands of states."""
    assert len(byte_automaton(document_regex()).next) < 1200
