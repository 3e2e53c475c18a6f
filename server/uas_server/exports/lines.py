"""Text as one line, which is what the formats of other programs hold."""

import unicodedata

_UNPRINTABLE = ("Cc", "Cs")  # control characters, lone surrogates


def one_line(text: str) -> str:
    """The text with every run of white space as one space and without control characters."""
    kept = (
        char for char in text if char.isspace() or unicodedata.category(char) not in _UNPRINTABLE
    )
    return " ".join("".join(kept).split())
