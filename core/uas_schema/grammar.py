"""The document's grammar: as a regex for constrained decoding, and as a closer of cut text.

Two branches, voice and no voice, carry the null rule. Lengths and repeated labels are not here
(``rules``): a bounded string would blow the automaton up. Knows nothing of tokens.
"""

import codecs
import re
from dataclasses import dataclass

from uas_schema.document import UasDocument
from uas_schema.errors import PrefixError
from uas_schema.skeleton import (
    BRANCH,
    START,
    STRING_PATTERN,
    Literal,
    Node,
    Repeat,
    Skeleton,
    Slot,
    after_transcription,
    no_voice_skeleton,
    voice_skeleton,
)

__all__ = ["STRING_PATTERN", "Closed", "close", "document_regex", "regex_of"]

_OPEN_STRING = re.compile(STRING_PATTERN.removesuffix('"'))
_NULL = "null"


def regex_of(skeleton: Skeleton) -> str:
    """Regex of the texts of a skeleton, for Python's ``re`` and for outlines-core."""
    return "".join(map(_node_regex, skeleton))


def document_regex() -> str:
    """Regex of all canonical documents, with or without voice."""
    return f"(?:{regex_of(voice_skeleton())}|{regex_of(no_voice_skeleton())})"


@dataclass(frozen=True)
class Closed:
    """A document made from the beginning of one.

    ``incomplete``: paths of what was cut or not reached, in order; the null rule is waived for
    them. ``kept``: how many bytes of the prefix ``text`` starts with; the rest was dropped.
    """

    text: str
    document: UasDocument
    incomplete: tuple[str, ...]
    kept: int


def close(prefix: bytes) -> Closed:
    """Shortest legal document that goes on from ``prefix``, the beginning of a legal one.

    Dropped from the end: half a character, half an escape, a closed value that could still become
    two, an event whose label has not begun. What was not reached is null or an empty list.
    Raises ``PrefixError`` when no document begins with ``prefix``.
    """
    closer = _Closer(_whole_characters(prefix))
    closer.read(START)
    closer.read(BRANCH)
    for node in after_transcription(voice=closer.parts[-1] != _NULL or bool(closer.incomplete)):
        closer.read(node)
    closer.expect_end()
    text = "".join(closer.parts)
    document = UasDocument.parse(text)
    return Closed(text, document, tuple(closer.incomplete), _shared_length(prefix, text.encode()))


class _Closer:
    """Reads cut text along the skeleton; ``parts`` is the closed text so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.parts: list[str] = []
        self.incomplete: list[str] = []

    def read(self, node: Node) -> None:
        """Read one node, or what there is of it, and write it closed."""
        if isinstance(node, Literal):
            self.parts.append(self._choose((node.text,)) or node.text)
        elif isinstance(node, Slot):
            self._read_slot(node)
        else:
            self._read_list(node)

    def expect_end(self) -> None:
        """Refuse text after the document."""
        if self.place < len(self.text):
            raise self._unexpected("the end")

    def _read_slot(self, slot: Slot) -> None:
        values = slot.values
        if values is None and self.text.startswith('"', self.place):
            self._read_string(slot.name)
            return
        allowed = values or (_NULL if slot.kind == "string_or_null" else '""',)
        chosen = self._choose(allowed) if self.place < len(self.text) else None
        if chosen is None:
            self.incomplete.append(slot.name)
        self.parts.append(chosen or ('""' if slot.kind == "string" else _NULL))

    def _read_string(self, name: str | None) -> None:
        """Read a string from its quote on; without an end it is closed, and ``name`` incomplete."""
        found = _OPEN_STRING.match(self.text, self.place)
        if found is None:
            raise self._unexpected("a string")
        self.place = found.end()
        if not self.text.startswith('"', self.place):
            if self.text[self.place :] not in ("", "\\"):
                raise self._unexpected("a string of canonical text")
            self.place = len(self.text)
            if name is not None:
                self.incomplete.append(name)
        else:
            self.place += 1
        self.parts.append(found[0] + '"')

    def _read_list(self, repeat: Repeat) -> None:
        opening, end = self._choose((repeat.first, repeat.end_empty)), repeat.end_empty
        while opening in (repeat.first, repeat.more) and self._label_begun():
            self.parts.append(opening)
            self._read_item(repeat)
            opening, end = self._choose((repeat.more, repeat.end)), repeat.end
        if opening != end:
            self.place = len(self.text)
            self.incomplete.append(repeat.name)
        self.parts.append(end)

    def _read_item(self, repeat: Repeat) -> None:
        for node in repeat.item:
            if isinstance(node, Literal):
                self.read(node)
            elif self.place < len(self.text):
                self._read_string(None)
            else:
                self.parts.append('""')

    def _label_begun(self) -> bool:
        return self.text[self.place : self.place + 3] not in ("", '"', '"\\')

    def _choose(self, texts: tuple[str, ...]) -> str | None:
        """Read one of ``texts``; when cut, the only one that is still possible, or None."""
        for text in texts:
            if self.text.startswith(text, self.place):
                self.place += len(text)
                return text
        rest = self.text[self.place : self.place + max(map(len, texts))]
        possible = [text for text in texts if text.startswith(rest)]
        if not possible:
            raise self._unexpected(" or ".join(texts))
        self.place = len(self.text)
        return possible[0] if len(possible) == 1 else None

    def _unexpected(self, wanted: str) -> PrefixError:
        found = self.text[self.place : self.place + 20]
        where = f"at character {self.place}"
        return PrefixError(f"no UAS document begins so: {found!r} {where}, expected {wanted}")


def _shared_length(one: bytes, other: bytes) -> int:
    """How many bytes both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _node_regex(node: Node) -> str:
    if isinstance(node, Literal):
        return re.escape(node.text)
    if isinstance(node, Slot):
        return node.pattern
    item = regex_of(node.item)
    first, more, end = map(re.escape, (node.first, node.more, node.end))
    return f"(?:{re.escape(node.end_empty)}|{first}{item}(?:{more}{item})*{end})"


def _whole_characters(prefix: bytes) -> str:
    """Decode UTF-8 without the unfinished character at the end."""
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(prefix)
    except UnicodeDecodeError as error:
        raise PrefixError(f"byte {error.start} is not UTF-8: {error.reason}") from error
