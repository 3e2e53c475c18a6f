"""Number of syllables of a text, from its spelling: groups of vowels, silent endings left out.

Counts are estimates, good to about one in ten words of English; digits are not words here, so
texts with digits give None rather than a wrong rate.
"""

import re
from functools import lru_cache

_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_VOWELS = re.compile(r"[aeiouyäöüáéíóúàèìòùâêîôûåæøœ]+")
_ENGLISH_SILENT_E = re.compile(r"(?<=[^aeiouyl])(?:e|ed|es)$")
_ENGLISH_SOUNDED = re.compile(r"(?:[td]ed|(?:[sxz]|ch|sh|c|g)es)$")
_ENGLISH_HIATUS = re.compile(r"[iu]a|eo|io(?!u?[ns])")


def count_syllables(text: str, language: str) -> int | None:
    """Syllables of ``text``, or None when it holds digits or no words."""
    words = _WORD.findall(text.casefold())
    if not words or _DIGIT.search(text):
        return None
    return sum(_in_word(word, language) for word in words)


@lru_cache(65_536)
def _in_word(word: str, language: str) -> int:
    count = len(_VOWELS.findall(word))
    if language == "en":
        count += len(_ENGLISH_HIATUS.findall(word))
        if _ENGLISH_SILENT_E.search(word) and not _ENGLISH_SOUNDED.search(word):
            count -= 1
    return max(count, 1)
