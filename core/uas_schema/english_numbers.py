"""English number words to digits: "twenty one" -> "21", "five dollars" -> "$5".

Numbers that do not add up are written side by side, as years are spoken: "nineteen eighty four" ->
"1984". A lone "1" is written "one", for it is mostly a pronoun.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

_SMALL = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_THOUSANDS = ("thousand", "million", "billion", "trillion")
_ODD_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
_ORDINAL_ENDINGS = {"one": "st", "two": "nd", "three": "rd"}
_SIGNS = {"minus": "-", "negative": "-", "plus": "+", "positive": "+"}
_UNITS = {
    "pound": "£", "pounds": "£", "euro": "€", "euros": "€", "dollar": "$", "dollars": "$",
    "cent": "¢", "cents": "¢",
}  # fmt: skip


@dataclass(frozen=True)
class _NumberWord:
    """A word of a number; ``ending`` is what follows its digits, "st" for "first"."""

    value: int
    ending: str = ""

    @property
    def multiplies(self) -> bool:
        return self.value >= 100


def _number_words() -> dict[str, _NumberWord]:
    values = {word: value for value, word in enumerate(_SMALL, start=1)}
    values |= {word: 10 * value for value, word in enumerate(_TENS, start=2)}
    values |= {"hundred": 100}
    values |= {word: 1000**power for power, word in enumerate(_THOUSANDS, start=1)}
    words = {}
    for word, value in values.items():
        stem = word.removesuffix("y") + "ie" if word.endswith("y") else word
        words[_ODD_ORDINALS.get(word, f"{stem}th")] = _NumberWord(
            value, _ORDINAL_ENDINGS.get(word, "th")
        )
        words[f"{stem}es" if word == "six" else f"{stem}s"] = _NumberWord(value, "s")
        words[word] = _NumberWord(value)
    return words


_WORDS = _number_words()
_DIGITS = re.compile(r"[£€$¢]?\d+(?:\.\d+)?%?")
_WHOLE = re.compile(r"0|[1-9]\d{0,17}")
_LONGEST = 18  # digits; nobody says longer ones

# An int while words add up, text while they are written side by side; "" before the first.
_Number = int | str


def digits_for_words(words: Sequence[str]) -> list[str]:
    """Replace number words in lower-case text; other words stay as they are."""
    written, place = [], 0
    while place < len(words):
        sign = _SIGNS.get(words[place], "")
        if _starts_number(words, place + bool(sign)):
            text, place = _read_number(words, place + bool(sign))
            unit, place = _read_unit(words, place)
            text = f"{sign}{text}%" if unit == "%" else f"{sign}{unit}{text}"
            written.append("one" if text == "1" else text)
        else:
            written.append(words[place])
            place += 1
    return written


def _starts_number(words: Sequence[str], place: int) -> bool:
    if place >= len(words):
        return False
    word = words[place]
    return word in _WORDS or word == "zero" or _DIGITS.fullmatch(word) is not None


def _read_number(words: Sequence[str], start: int) -> tuple[str, int]:
    """Digits of the number that starts there, and the place after it."""
    number: _Number = ""
    previous: _NumberWord | None = None
    for place in range(start, len(words)):
        word = words[place]
        if word in _WORDS:
            number, previous = _grown(number, _WORDS[word], previous), _WORDS[word]
            if previous.ending:
                return f"{number}{previous.ending}", place + 1
        elif word == "zero" or (word in ("oh", "o") and place > start):
            number = f"{number}0"
        elif _DIGITS.fullmatch(word) and number == "":
            number = int(word) if _WHOLE.fullmatch(word) else word
        elif _DIGITS.fullmatch(word) and str(number).endswith("."):
            number = f"{number}{word}"
        elif word == "point" and _starts_number(words, place + 1):
            number = f"{number}."
        elif not (word == "and" and previous and previous.multiplies
                  and _starts_number(words, place + 1)):  # fmt: skip
            return str(number), place
    return str(number), len(words)


def _grown(number: _Number, word: _NumberWord, previous: _NumberWord | None) -> _Number:
    """The number with one more word: added, multiplied, or written beside it."""
    if number == "":
        return word.value
    if word.multiplies:
        return _multiplied(number, word.value)
    after_tens = previous is not None and 20 <= previous.value < 100 and word.value < 10
    if isinstance(number, str):
        return f"{number[:-1] if after_tens else number}{word.value}"
    adds = after_tens or (previous is not None and previous.multiplies)
    if adds and number % (10 if word.value < 10 else 100) == 0:
        return number + word.value
    return f"{number}{word.value}"


def _multiplied(number: _Number, value: int) -> _Number:
    """Multiply what was said since the last greater multiplier: 1,002 hundred is 1,200.

    What is too long for a number, or has no whole product, is written side by side.
    """
    if len(str(number)) > _LONGEST:
        return f"{number}{value}"
    if isinstance(number, int):
        rest = number % (1000 * value if value >= 1000 else 1000)
        return number - rest + rest * value
    digits = number.strip("$€£¢.%")
    product = Fraction(digits) * value
    whole = product.denominator == 1
    return number.replace(digits, str(product), 1) if whole else f"{number}{value}"


def _read_unit(words: Sequence[str], place: int) -> tuple[str, int]:
    """Sign of the unit that follows a number, or "", and the place after it."""
    if place < len(words) and words[place] in _UNITS:
        return _UNITS[words[place]], place + 1
    if list(words[place : place + 2]) == ["per", "cent"]:
        return "%", place + 2
    if place < len(words) and words[place] == "percent":
        return "%", place + 1
    return "", place
