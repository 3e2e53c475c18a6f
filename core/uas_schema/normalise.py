"""Text for comparison of transcripts: case, punctuation, fillers and contractions do not count.

English follows the steps of the normaliser of Radford et al. 2022, appendix C; other languages its
basic form.
"""

import re
import unicodedata

_BRACKETED = re.compile(r"[<\[][^>\]]*[>\]]|\([^)]*\)")
_FILLER = re.compile(r"\b(?:hmm|mm|mhm|mmm|uh|um)\b")
_SPACED_APOSTROPHE = re.compile(r"\s+'")
_SPACES = re.compile(r"\s+")


def normalise_text(text: str, language: str = "en") -> str:
    """Plain words parted by single spaces; ``language`` is an ISO 639-1 code."""
    lowered = _BRACKETED.sub("", unicodedata.normalize("NFKC", text).casefold())
    plain = _english(lowered) if language.partition("-")[0] == "en" else lowered
    return _SPACES.sub(" ", _without_symbols(plain)).strip()


def _english(text: str) -> str:
    spoken = _FILLER.sub("", text.replace("\u2019", "'"))
    return _SPACED_APOSTROPHE.sub("'", spoken).replace("'", "")


def _without_symbols(text: str) -> str:
    """Marks, symbols and punctuation become spaces."""
    kept = (" " if unicodedata.category(char)[0] in "MSP" else char for char in text)
    return "".join(kept)
