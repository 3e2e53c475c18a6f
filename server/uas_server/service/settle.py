"""Follows a document's text as it grows: which fields are known, and which text is final.

Text is final when neither a cut at the budget nor a mend can change it any more: the transcript
as it comes, a field when it is whole, an event when both of its texts are. Knows nothing of
engines or tokens.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from uas_schema.document import UasDocument
from uas_schema.grammar import close
from uas_schema.rules import mend
from uas_schema.skeleton import (
    BRANCH,
    START,
    STRING_PATTERN,
    TRANSCRIPTION,
    Literal,
    Repeat,
    Slot,
    after_transcription,
)

VOICE_FIELDS = tuple(
    node.name
    for node in after_transcription(voice=True)
    if isinstance(node, Slot) and node.name.startswith("paralinguistics.")
)
FIELDS = (
    TRANSCRIPTION,
    *VOICE_FIELDS,
    *(node.name for node in after_transcription(voice=False) if not isinstance(node, Literal)),
)
"""Paths of all fields, in the document's order; a list of events is one field."""

_OPEN_STRING = re.compile(STRING_PATTERN.removesuffix('"'))


@dataclass(frozen=True)
class Settled:
    """What became final: a stretch of the document's text, and values by path."""

    text: str
    fields: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class _Want:
    """What the text must go on with: one of `texts`, or a match of `pattern`."""

    texts: tuple[str, ...] = ()
    pattern: str = ""

    def end_in(self, text: str, start: int) -> int | None:
        """Where the match ends; None when the text is too short, or not of a document."""
        if self.pattern:
            found = re.compile(self.pattern).match(text, start)
            return None if found is None else found.end()
        fitting = (option for option in self.texts if text.startswith(option, start))
        return next((start + len(option) for option in fitting), None)


class Settler:
    """Reads one document's text."""

    def __init__(self) -> None:
        self._text = ""
        self._place = 0
        self._final = 0
        self._sent = 0
        self._mended = False
        self._unchecked = False
        self._whole: list[str] = []
        self._told: set[str] = set()
        self._steps = self._walk()
        self._want: _Want | None = next(self._steps)

    def feed(self, text: str) -> Settled:
        """Add text; return what became final by it."""
        self._text += text
        before = self._final
        self._advance()
        if self._final == before:
            return self._live_transcript()
        if not self._unchecked:  # literals alone came: nothing in them is mended or told
            return Settled(self._release(self._final), ())
        self._unchecked = False
        document, mended = mend(close(self._text[: self._final].encode()).document)
        self._mended = self._mended or bool(mended)
        return Settled(self._release(self._final), self._tell(document, self._whole))

    def finish(self, document: UasDocument) -> Settled:
        """Return the rest of the final document's text and the fields not told yet.

        Raises `RuntimeError` when the document does not go on from what was released.
        """
        text = document.canonical()
        if not text.startswith(self._text[: self._sent]):
            raise RuntimeError("text of the document was released and is another one now")
        return Settled(text[self._sent :], self._tell(document, FIELDS))

    def _advance(self) -> None:
        while self._want is not None:
            end = self._want.end_in(self._text, self._place)
            if end is None:
                return
            found, self._place = self._text[self._place : end], end
            try:
                self._want = self._steps.send(found)
            except StopIteration:
                self._want = None

    def _walk(self) -> Generator[_Want, str, None]:
        """Ask for the document's parts one after the other and note what is whole."""
        yield _Want((START.text,))
        self._final = self._place
        transcript = yield _Want(pattern=BRANCH.pattern)
        self._note(TRANSCRIPTION)
        voice = transcript != "null"
        for node in after_transcription(voice=voice):
            if isinstance(node, Literal):
                yield _Want((node.text,))
                self._final = self._place
                if not voice:
                    self._note(*VOICE_FIELDS)
            elif isinstance(node, Slot):
                yield _Want(pattern=node.pattern)
                self._note(node.name)
            else:
                yield from self._walk_list(node)

    def _walk_list(self, node: Repeat) -> Generator[_Want, str, None]:
        going_on, end = node.first, node.end_empty
        while (yield _Want((going_on, end))) == going_on:
            for part in node.item:
                if isinstance(part, Slot):
                    yield _Want(pattern=part.pattern)
                elif isinstance(part, Literal):
                    yield _Want((part.text,))
            self._note()
            going_on, end = node.more, node.end
        self._note(node.name)

    def _note(self, *paths: str) -> None:
        """All text so far is final, and these fields are whole."""
        self._final = self._place
        self._unchecked = True
        self._whole.extend(path for path in paths if path not in self._whole)

    def _live_transcript(self) -> Settled:
        """Release the part of an unfinished transcript that no cut takes back."""
        if TRANSCRIPTION in self._whole or self._final < len(START.text):
            return Settled("", ())
        found = _OPEN_STRING.match(self._text, self._final)
        return Settled("" if found is None else self._release(found.end()), ())

    def _release(self, end: int) -> str:
        if self._mended or end <= self._sent:
            return ""
        fresh, self._sent = self._text[self._sent : end], end
        return fresh

    def _tell(self, document: UasDocument, paths: list[str] | tuple[str, ...]) -> tuple[Any, ...]:
        values = document.model_dump(mode="json", by_alias=True)
        fresh = [path for path in paths if path not in self._told]
        self._told.update(fresh)
        return tuple((path, _value(values, path)) for path in fresh)


def _value(values: Any, path: str) -> Any:
    for key in path.split("."):
        values = values[key]
    return values
