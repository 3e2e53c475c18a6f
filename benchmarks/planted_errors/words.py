"""Texts to plant: values outside the vocabularies, sentences of other languages, look-alikes."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from uas_schema.strict import Strict, read_yaml

_FILE = Path(__file__).parent / "data" / "words.yaml"


class Words(Strict):
    """``data/words.yaml``."""

    closed: Mapping[str, tuple[str, ...]]
    prosody: tuple[str, ...]
    timbre: tuple[str, ...]
    accents: tuple[str, ...]
    labels: tuple[str, ...]
    extra_keys: tuple[str, ...]
    preambles: tuple[str, ...]
    sentences: Mapping[str, tuple[str, ...]]
    other_scripts: tuple[str, ...]
    look_alikes: Mapping[str, str]
    loud_voice: frozenset[str]


@cache
def load_words() -> Words:
    """Read the file once."""
    return read_yaml(Words, _FILE.read_text(encoding="utf-8"), _FILE.name)
