"""Transcripts become comparable, as the field's own normaliser makes them."""

import pytest
from document_strategies import texts
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.models.whisper.english_normalizer import (
    BasicTextNormalizer,
    EnglishTextNormalizer,
)

from uas_schema.normalise import english_words, normalise_text

WHISPER = EnglishTextNormalizer(english_words().spelling)

NUMBER_WORDS = [
    *("one", "two", "five", "nine", "ten", "fifteen", "twenty", "ninety", "first", "third"),
    *("hundred", "thousand", "million", "twentieth", "hundreds", "twenties", "zero", "point"),
    *("dollars", "percent", "per", "cent", "minus", "cats", "the", "and", "2.5", "$7", "40%"),
]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("It's the dog's colour, isn't it?", "it is the dog is color is not it"),
        ("Twenty-one people and one hundred and five cats", "21 people and 105 cats"),
        ("nineteen eighty four", "1984"),
        ("five dollars, 50 percent, minus ten", "$5 50% -10"),
        ("$5 million or 2.5 million dollars", "$5000000 or $2500000"),
        ("The first of May, the twenty second of June", "the 1st of may the 22nd of june"),
        ("seven hundred thousand two hundred and six", "700206"),
        ("three point one four", "3.14"),
        ("1,234,567 things at 5th avenue", "1234567 things at 5th avenue"),
        ("Mr. Smith won't go; Dr. Who'd gone", "mister smith will not go doctor who had gone"),
        ("Let's go [music] (laughs) uh to the theatre, um", "let us go to the theater"),
        ("Café naïve — façade!", "cafe naive facade"),
        ("I am number one", "i am number one"),
        ("for your mailbox press one two or three", "for your mailbox press 12 or 3"),
        ("", ""),
    ],
)
def test_english(text: str, plain: str) -> None:
    assert normalise_text(text) == plain
    assert WHISPER(text).strip() == plain


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(["cats", "the", "won't", "it's", "Dr.", "colour,", "go!"]),
                max_size=6))  # fmt: skip
def test_words_are_as_whisper_has_them(words: list[str]) -> None:
    text = " ".join(words)
    assert normalise_text(text) == " ".join(WHISPER(text).split())


@pytest.mark.parametrize(
    ("language", "text", "plain"),
    [
        ("de", "Über die Straße, ja!", "über die straße ja"),
        ("zh", "你好\uff0c世界。", "你好 世界"),
        ("fr-FR", "L'été (rire) est là", "l été est là"),
    ],
)
def test_other_languages(language: str, text: str, plain: str) -> None:
    assert normalise_text(text, language) == plain
    assert BasicTextNormalizer()(text).strip() == plain


@settings(max_examples=150, deadline=None, derandomize=True)
@given(texts())
def test_any_text_becomes_plain_words(text: str) -> None:
    for language in ("en", "cs"):
        plain = normalise_text(text, language)
        assert plain == " ".join(plain.split())


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(NUMBER_WORDS), max_size=8))
def test_spoken_numbers_never_fail(words: list[str]) -> None:
    assert bool(normalise_text(" ".join(words))) == bool(words)


def test_endless_numbers_stay_text() -> None:
    assert normalise_text("1.5 " + "million " * 3000).startswith("15")
    assert normalise_text("9" * 6000 + " million").startswith("999")


@pytest.mark.parametrize("text", ["(", "<", "[", " ", "'", " '", "1 ", "a1", "((a)", "\u0301"])
def test_long_rows_of_anything_take_linear_time(text: str) -> None:
    """Quadratic time would take minutes."""
    normalise_text(text * 100_000)
    normalise_text(text * 100_000, "de")
