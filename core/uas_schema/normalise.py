"""Text for comparison of transcripts: case, punctuation, fillers and contractions do not count.

English follows the steps and word lists of Whisper's normaliser (Radford et al. 2022, appendix C),
other languages its basic form, so that error rates compare with published ones.
"""

import re
import unicodedata
from functools import cache

from uas_schema.english_numbers import digits_for_words
from uas_schema.strict import Strict, package_text, read_yaml

# No bracket inside a bracket: a row of opening ones would take quadratic time.
_BRACKETED = re.compile(r"[<\[][^<>\[\]]*[>\]]|\([^()]+\)")
_COMMA_IN_NUMBER = re.compile(r"(?<=\d),(?=\d)")
_FULL_STOP = re.compile(r"\.(?!\d)")
_LETTER_BESIDE_DIGIT = re.compile(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])")
_SPLIT_ENDING = re.compile(r"(?<=\d)\s+(?=(?:st|nd|rd|th|s)\b)")
_SIGN_WITHOUT_NUMBER = re.compile(r"[.$¢€£](?!\d)|(?<!\d)%")
_NUMBER_SIGNS = ".%$¢€£"
_MOST_SYMBOLS = 4096  # characters that a table remembers: texts have few, senders many
_LETTERS_WITHOUT_PARTS = str.maketrans(
    {"œ": "oe", "ø": "o", "æ": "ae", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "ł": "l"}
)


class EnglishWords(Strict):
    """``data/english.yaml``."""

    fillers: tuple[str, ...]
    words: dict[str, str]
    endings: dict[str, str]
    spelling: dict[str, str]


def normalise_text(text: str, language: str = "en") -> str:
    """Plain words parted by single spaces; ``language`` is an ISO 639-1 code such as "en"."""
    lowered = _BRACKETED.sub("", " ".join(text.lower().split()))
    if language.partition("-")[0] == "en":
        return _english(lowered)
    return " ".join(unicodedata.normalize("NFKC", lowered).translate(_SYMBOLS).split())


@cache
def english_words() -> EnglishWords:
    """Word lists of the English normaliser (read once)."""
    return read_yaml(EnglishWords, package_text("english.yaml"), "english.yaml")


def _english(text: str) -> str:
    lists = english_words()
    fillers, whole, endings = _patterns()
    spoken = " ".join(fillers.sub("", text.replace("\u2019", "'")).split()).replace(" '", "'")
    spoken = whole.sub(lambda match: lists.words[match[0]], spoken)
    spoken = endings.sub(lambda match: lists.endings[match[0]], spoken)
    spoken = _FULL_STOP.sub(" ", _COMMA_IN_NUMBER.sub("", spoken))
    spoken = _without_accents(spoken).translate(_SYMBOLS_BUT_NUMBERS)
    spoken = _SPLIT_ENDING.sub("", _LETTER_BESIDE_DIGIT.sub(" ", spoken))
    words = digits_for_words(spoken.split())
    plain = " ".join(lists.spelling.get(word, word) for word in words)
    return " ".join(_SIGN_WITHOUT_NUMBER.sub(" ", plain).split())


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Patterns of fillers, of whole words, and of endings."""
    lists = english_words()
    fillers, whole, endings = (
        "|".join(map(re.escape, names)) for names in (lists.fillers, lists.words, lists.endings)
    )
    return (
        re.compile(rf"\b(?:{fillers})\b"),
        re.compile(rf"\b(?:{whole})\b"),
        re.compile(rf"(?:{endings})\b"),
    )


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFKD", text.translate(_LETTERS_WITHOUT_PARTS))
    return "".join(char for char in parts if unicodedata.category(char) != "Mn")


class _SymbolTable(dict[int, str]):
    """Table for ``str.translate``: marks, symbols and punctuation become spaces, but those in
    ``keep``. Filled as characters occur, up to a bound.
    """

    def __init__(self, keep: str = "") -> None:
        super().__init__()
        self._keep = keep

    def __missing__(self, code: int) -> str:
        char = chr(code)
        kept = char in self._keep or unicodedata.category(char)[0] not in "MSP"
        found = char if kept else " "
        if len(self) < _MOST_SYMBOLS:
            self[code] = found
        return found


_SYMBOLS, _SYMBOLS_BUT_NUMBERS = _SymbolTable(), _SymbolTable(_NUMBER_SIGNS)
