"""The document: canonical text, strict parsing, and errors that name the fix."""

import pytest

from uas_schema.document import Event, Paralinguistics, UasDocument, canonical_string
from uas_schema.errors import DocumentError

SILENCE = (
    '{"transcription":null,"paralinguistics":{"age":null,"gender":null,"emotion":null,'
    '"accent":null,"prosody":null,"timbre":null},"nonLinguisticEvents":{"description":"Silence",'
    '"discreteEvents":[],"continuousEvents":[]}}'
)


def test_no_voice_document_has_the_canonical_text() -> None:
    assert UasDocument.no_voice("Silence").canonical() == SILENCE


def test_parse_takes_any_json_layout() -> None:
    spaced = SILENCE.replace(",", " ,\n ").replace(":", " : ")
    assert UasDocument.parse(spaced).canonical() == SILENCE


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"timbre"',
            '"tembre"',
            "unknown key 'tembre' at paralinguistics.tembre: did you mean 'ti",
        ),
        (',"timbre":null', "", "paralinguistics.timbre: Field required"),
        ('"age":null', '"age":"Adlt"', "'Child', 'Adult' or 'Elderly', not 'Adlt'"),
        ('"discreteEvents"', '"discrete_events"', "did you mean 'discreteEvents'"),
        ('"Silence"', "1", "description: Input should be a valid string, not 1"),
        ('"age":null', '"age":null,"age":null', "key 'age' occurs twice"),
        ("}}", "}} x", "trailing characters"),
    ],
)
def test_parse_names_the_place_and_the_fix(old: str, new: str, message: str) -> None:
    with pytest.raises(DocumentError) as raised:
        UasDocument.parse(SILENCE.replace(old, new))
    assert message in str(raised.value)


def test_parse_survives_deep_nesting() -> None:
    with pytest.raises(DocumentError, match="recursion"):
        UasDocument.parse('{"transcription":' + "[" * 100_000)


def test_strings_have_four_escapes_and_lose_control_characters() -> None:
    assert (
        canonical_string('a"\\\n\t\r\x00\x7f\x9f\ud800é\U0001f600/')
        == '"a\\"\\\\\\n\\té\U0001f600/"'
    )


def test_control_characters_are_stripped_on_the_way_in() -> None:
    event = Event(label="bell\x00", characteristic="\ud800loud\x85")
    assert (event.label, event.characteristic) == ("bell", "loud")


def test_replace_validates() -> None:
    with pytest.raises(ValueError, match="Adlt"):
        UasDocument.no_voice().paralinguistics.replace(age="Adlt")


def test_has_voice_follows_the_transcription() -> None:
    voice = Paralinguistics(
        age="Adult", gender="Female", emotion="Fear", accent=None, prosody=None, timbre=None
    )
    document = UasDocument.no_voice().replace(transcription="", paralinguistics=voice)
    assert document.has_voice
    assert not UasDocument.no_voice().has_voice
