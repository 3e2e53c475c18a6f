"""What is left of a pattern matches what is left of a text, wherever it is cut."""

import re

import pytest
from document_strategies import documents
from hypothesis import given
from hypothesis import strategies as st

from uas_schema.document import UasDocument
from uas_schema.grammar import regex_of
from uas_schema.skeleton import no_voice_skeleton, voice_skeleton
from uas_server.engine.remote.rest import rest_of


@given(documents(), st.floats(0, 1))
def test_it_matches_what_is_left(document: UasDocument, part: float) -> None:
    nodes = voice_skeleton() if document.has_voice else no_voice_skeleton()
    text = document.canonical()
    if re.fullmatch(regex_of(nodes), text) is None:
        return  # a document that no grammar writes
    cut = round(part * len(text))
    rest = re.compile(rest_of(nodes, text[:cut]))
    assert rest.fullmatch(text[cut:])
    assert not rest.fullmatch(text[cut:] + "}")


@pytest.mark.parametrize(
    ("written", "legal", "illegal"),
    [
        ("", '{"transcription":"x"', '"x"'),
        ('{"transcription":"a\\', 'n"', '"'),
        ('{"transcription":"a\\\\', '"', "a"),
        ('{"transcription":"a","paralinguistics":{"age":"C', 'hild"', 'dult"'),
        ('{"transcription":"a","paralinguistics":{"age":"', 'Elderly"', "null"),
    ],
)
def test_inside_a_node_only_its_own_end_may_follow(written, legal, illegal) -> None:
    rest = rest_of(voice_skeleton()[: 2 if "age" not in written else 4], written)
    assert re.fullmatch(rest, legal)
    assert not re.fullmatch(rest, illegal)
