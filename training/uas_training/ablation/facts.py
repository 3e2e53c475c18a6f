"""Facts of a record that can be joined in one question, from ``facts.yaml``."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import Field

from uas_schema.normalise import normalise_text
from uas_schema.records import Record
from uas_schema.strict import Strict, read_yaml

_FILE = "facts.yaml"
FactField = Literal["gender", "emotion", "transcription"]


class Fact(Strict):
    """One fact: the field that it is read from, and how it is put into words."""

    field: FactField
    statement: str


class Facts(Strict):
    """``facts.yaml`` as it is written."""

    facts: Mapping[str, Fact]
    pairs: tuple[tuple[str, str], ...]
    joined: str
    yes_no: Annotated[tuple[str, ...], Field(min_length=1)]
    choice: Annotated[tuple[str, ...], Field(min_length=1)]
    shortest_word: int

    def statement(self, fact: str, value: str) -> str:
        """A fact in words."""
        return self.facts[fact].statement.format(value=value)

    def join(self, first: str, second: str) -> str:
        """Two statements as one."""
        return self.joined.format(first=first, second=second)


@cache
def load_facts() -> Facts:
    """The facts that ship with the package."""
    path = files("uas_training.ablation").joinpath(_FILE)
    return read_yaml(Facts, path.read_text(encoding="utf-8"), _FILE)


def values_of(record: Record, field: FactField) -> tuple[str, ...]:
    """True values of a fact: one of a closed field, each longer word of a transcript; none where
    nobody speaks or the field is not known.
    """
    if record.known[field] == "none" or not record.document.has_voice:
        return ()
    if field != "transcription":
        value = getattr(record.document.paralinguistics, field)
        return (value.lower(),) if value else ()
    words = normalise_text(record.document.transcription or "", record.language).split()
    shortest = load_facts().shortest_word
    return tuple(dict.fromkeys(w for w in words if w.isalpha() and len(w) >= shortest))
