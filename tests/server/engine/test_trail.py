"""The trail of a text through a skeleton, and what the steps tell of closed values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pytest
from document_strategies import documents
from hypothesis import given
from hypothesis import strategies as st

from uas_model.cache import models_dir
from uas_model.checkpoint import Checkpoint
from uas_schema.document import CLOSED_FIELDS, UasDocument, canonical_string
from uas_schema.skeleton import (
    Literal,
    Repeat,
    Skeleton,
    Slot,
    after_transcription,
    no_voice_skeleton,
    voice_skeleton,
)
from uas_server.engine.trail import LIKELIEST, Trail

SHIPPED = "uas-audio-tiny"
EMOTION = Slot("emotion", "emotion")
PROSE = Slot("prose", "string_or_null")


def followed(
    nodes: Skeleton, tokens: Sequence[bytes], likely: Sequence[Mapping[bytes, float]] = ()
) -> tuple[Trail, dict[str, dict[str, float]]]:
    """A trail after `tokens`; `likely` holds probabilities for the first of them."""
    known = sorted({*tokens, *(token for row in likely for token in row)})
    probs: dict[str, dict[str, float]] = {}
    trail = Trail(nodes, known, probs)
    rows = [*likely, *[{}] * (len(tokens) - len(likely))]
    for token, row in zip(tokens, rows, strict=True):
        logs = {
            known.index(other): math.log(probability) if probability else -math.inf
            for other, probability in row.items()
        }
        trail.take(known.index(token), logs)
    return trail, probs


@given(documents(), st.data())
def test_it_comes_to_the_end_of_every_document(document: UasDocument, data: st.DataObject) -> None:
    text = document.canonical().encode()
    cuts = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), max_size=40)))
    tokens = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    nodes = voice_skeleton() if document.has_voice else no_voice_skeleton()
    trail, probs = followed(nodes, tokens)
    assert (trail.rest, bytes(trail.written), trail.recent) == ((), b"", [])
    names = ("age", "gender", "emotion") if document.has_voice else ()
    assert list(probs) == [f"paralinguistics.{name}" for name in names]


def test_the_free_slot_it_is_in_is_known() -> None:
    nodes = (Literal("a:"), PROSE, Literal("}"))
    assert followed(nodes, [b"a:"])[0].open_slot is None
    trail, _ = followed(nodes, [b"a", b':"', b'x \\"', b"y"])
    assert trail.open_slot == PROSE
    assert (bytes(trail.written), len(trail.recent)) == (b'"x \\"y', 3)
    assert trail.rest[1:] == (Literal("}"),)
    assert followed(nodes, [b'a:"\\\\"'])[0].rest == (Literal("}"),)
    assert followed(nodes, [b"a:null"])[0].rest == (Literal("}"),)


def test_bytes_that_are_no_text_end_nothing() -> None:
    nodes = (PROSE, Literal("}"))
    assert followed(nodes, [b'"', b"\xa5\xbd", b'"'])[0].rest == (Literal("}"),)


def test_a_list_that_was_left_in_an_item_goes_on_or_ends() -> None:
    events = after_transcription(voice=False)[3]
    assert isinstance(events, Repeat)
    trail, _ = followed((events,), [b'{"label":', b'"do'])
    assert trail.open_slot == events.item[0]
    *_, after = trail.rest
    assert isinstance(after, Repeat)
    assert (after.first, after.end_empty) == (events.more, events.end)


def test_values_that_part_at_one_token_have_their_exact_probabilities() -> None:
    rows = [{b'"': 1.0}, {b"Fear": 0.2, b"Ang": 0.5, b"An": 0.1, b"Ne": 0.2, b"Dis": 0.0}]
    _, probs = followed((EMOTION,), [b'"', b"Ang", b"er", b'"'], rows)
    assert probs["emotion"] == pytest.approx(
        dict.fromkeys(EMOTION.values or (), 0.0) | {'"Anger"': 0.6, '"Fear"': 0.2, '"Neutral"': 0.2}
    )


def test_what_part_later_is_followed_or_shared() -> None:
    rows = [{b'"': 1.0}, {b"S": 0.8, b"Fear": 0.2}, {b"ad": 0.25, b"u": 0.75}]
    _, probs = followed((EMOTION,), [b'"', b"S", b"ad", b"ness", b'"'], rows)
    assert probs["emotion"]['"Sadness"'] == pytest.approx(0.2)
    assert probs["emotion"]['"Surprise"'] == pytest.approx(0.6)
    rows = [{b'"': 1.0}, {b"S": 0.8, b"Fear": 0.2}]
    _, probs = followed((EMOTION,), [b'"', b"Fear", b'"'], rows)
    assert probs["emotion"]['"Sadness"'] == pytest.approx(0.4)
    assert probs["emotion"]['"Surprise"'] == pytest.approx(0.4)


def test_a_token_may_begin_before_the_slot_and_end_behind_it() -> None:
    nodes = (Literal("e:"), EMOTION, Literal(",x"))
    rows = [{b"e": 1.0}, {b':"Fear",': 0.3, b':"': 0.6, b':"Ang': 0.1}]
    trail, probs = followed(nodes, [b"e", b':"Fear",', b"x"], rows)
    assert trail.rest == ()
    assert probs["emotion"]['"Fear"'] == pytest.approx(0.3 + 0.6 / 7)
    assert probs["emotion"]['"Anger"'] == pytest.approx(0.1 + 0.6 / 7)
    assert sum(probs["emotion"].values()) == pytest.approx(1.0)


def test_what_is_not_known_or_no_number_leaves_the_value_that_was_written() -> None:
    for row in ({}, {b'"Fear"': float("nan"), b'"Ang': 0.0}):
        _, probs = followed((EMOTION,), [b'"Fear"'], [row])
        assert probs["emotion"]['"Fear"'] == 1.0
        assert sum(probs["emotion"].values()) == 1.0


@pytest.mark.model
def test_where_values_part_in_the_vocabulary_of_the_shipped_model() -> None:
    folder = models_dir() / SHIPPED
    if not folder.exists():
        pytest.skip(f"{SHIPPED} is not built; run: uas model build {SHIPPED}")
    known = {data for data in Checkpoint.open(folder, verify=False).tokenizer.token_bytes if data}
    shared: dict[bytes, list[str]] = {}
    for field, values in CLOSED_FIELDS.items():
        rests = {value: canonical_string(value).encode() for value in values}
        assert [data for data in known if fitting(data, rests)] == [b'"']
        rests = {value: data.removeprefix(b'"') for value, data in rests.items()}
        legal = {data: fitting(data, rests) for data in known if fitting(data, rests)}
        assert len(legal) == {"age": 8, "gender": 8, "emotion": 18}[field] <= LIKELIEST
        shared |= {data: values for data, values in legal.items() if len(values) > 1}
    assert shared == {b"S": ["Sadness", "Surprise"]}


def fitting(token: bytes, rests: Mapping[str, bytes]) -> list[str]:
    """Values whose text begins with a token, or that a token begins with."""
    return [
        value for value, rest in rests.items() if rest.startswith(token) or token.startswith(rest)
    ]
