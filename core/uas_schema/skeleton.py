"""The document as a sequence of forced literals and slots to fill.

Literals and slot texts are tokenised apart and concatenated, in training and in serving, so the
ids are the same everywhere. Knows nothing of tokens. Paths are JSON paths, such as
"paralinguistics.age" or "nonLinguisticEvents.discreteEvents[].label".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal as OneOf

from uas_schema.document import CLOSED_FIELDS, Event, UasDocument, canonical_string, canonical_value
from uas_schema.errors import DocumentError

SlotKind = OneOf["string_or_null", "string", "age", "gender", "emotion"]

# Control characters are out; the only escapes are \" \\ \n \t. Valid in `re` and in Rust's regex.
STRING_PATTERN = r'"(?:[^"\\\x00-\x1f\x7f-\x9f]|\\["\\nt])*"'

_CLOSED_TEXTS: dict[str, tuple[str, ...]] = {
    field: tuple(map(canonical_string, values)) for field, values in CLOSED_FIELDS.items()
}

_NOBODY = UasDocument.no_voice().paralinguistics

TRANSCRIPTION = "transcription"
DISCRETE = "nonLinguisticEvents.discreteEvents"
CONTINUOUS = "nonLinguisticEvents.continuousEvents"


@dataclass(frozen=True)
class Literal:
    """Text that every document of the branch has at this place."""

    text: str


@dataclass(frozen=True)
class Slot:
    """A value to fill: ``name`` is its JSON path, ``kind`` what may stand there."""

    name: str
    kind: SlotKind

    @property
    def values(self) -> tuple[str, ...] | None:
        """JSON texts of a closed slot, such as '"Child"'; None for a free one."""
        return _CLOSED_TEXTS.get(self.kind)

    @property
    def pattern(self) -> str:
        """Regex of the slot's JSON text."""
        if self.values is not None:
            return f"(?:{'|'.join(self.values)})"
        return STRING_PATTERN if self.kind == "string" else f"(?:null|{STRING_PATTERN})"


@dataclass(frozen=True)
class Repeat:
    """A list without its opening bracket: ``end_empty | first item (more item)* end``."""

    name: str
    first: str
    more: str
    end_empty: str
    end: str
    item: tuple[Literal | Slot, ...]


Node = Literal | Slot | Repeat
Skeleton = tuple[Node, ...]


@dataclass(frozen=True)
class Piece:
    """Part of a document's text that is tokenised by itself.

    ``slot_name`` is the path of the slot or list whose choice this is, None for forced text.
    """

    text: str
    slot_name: str | None
    forced: bool


START = Literal('{"transcription":')
BRANCH = Slot(TRANSCRIPTION, "string_or_null")


def voice_skeleton() -> Skeleton:
    """Whole document of a clip with a human voice."""
    return (START, Slot(TRANSCRIPTION, "string"), *after_transcription(voice=True))


def no_voice_skeleton() -> Skeleton:
    """Whole document of a clip without a human voice."""
    return (START, Literal("null"), *after_transcription(voice=False))


@cache
def after_transcription(voice: bool) -> Skeleton:
    """All that follows the transcription: static, whatever was said."""
    return (*(_voice_nodes() if voice else _no_voice_nodes()), *_event_nodes())


def pieces(document: UasDocument) -> list[Piece]:
    """Cut a document's canonical text where it is tokenised.

    Joined, the texts are ``document.canonical()``. Raises ``DocumentError`` for a document that
    breaks the null rule of its branch, because the grammar has no such text.
    """
    if not document.has_voice and document.paralinguistics != _NOBODY:
        voice = document.paralinguistics.canonical()
        raise DocumentError(f"a document without voice has paralinguistics: mend it: {voice}")
    found = [Piece(START.text, None, forced=True)]
    found.append(Piece(canonical_value(document.transcription), TRANSCRIPTION, forced=False))
    values = _slot_texts(document)
    for node in after_transcription(document.has_voice):
        found.extend(_node_pieces(node, document, values))
    return found


def _voice_nodes() -> Iterator[Node]:
    before = ',"paralinguistics":{"age":'
    for field in CLOSED_FIELDS:
        yield Literal(before if field == "age" else f',"{field}":')
        yield Slot(f"paralinguistics.{field}", field)
    for name in ("accent", "prosody", "timbre"):
        yield Literal(f',"{name}":')
        yield Slot(f"paralinguistics.{name}", "string_or_null")
    yield Literal('},"nonLinguisticEvents":{"description":')


def _no_voice_nodes() -> Iterator[Node]:
    yield Literal(
        f',"paralinguistics":{_NOBODY.canonical()},"nonLinguisticEvents":{{"description":'
    )


def _event_nodes() -> Iterator[Node]:
    yield Slot("nonLinguisticEvents.description", "string_or_null")
    yield Literal(',"discreteEvents":[')
    yield _events(DISCRETE)
    yield Literal(',"continuousEvents":[')
    yield _events(CONTINUOUS)
    yield Literal("}}")


def _events(name: str) -> Repeat:
    item = (
        Slot(f"{name}[].label", "string"),
        Literal(',"characteristic":'),
        Slot(f"{name}[].characteristic", "string"),
    )
    return Repeat(name, '{"label":', '},{"label":', "]", "}]", item)


def _slot_texts(document: UasDocument) -> dict[str, str]:
    """JSON text by path, for the slots that are not in lists."""
    voice = document.paralinguistics
    texts = {f"paralinguistics.{name}": canonical_value(value) for name, value in voice}
    description = document.non_linguistic_events.description
    return {**texts, "nonLinguisticEvents.description": canonical_value(description)}


def _node_pieces(node: Node, document: UasDocument, values: dict[str, str]) -> list[Piece]:
    if isinstance(node, Literal):
        return [Piece(node.text, None, forced=True)]
    if isinstance(node, Repeat):
        heard = document.non_linguistic_events
        events = heard.discrete_events if node.name == DISCRETE else heard.continuous_events
        return _repeat_pieces(node, events)
    text = values[node.name]
    if node.values is not None and text not in node.values:
        raise DocumentError(f"{node.name} is {text} in a document with voice: give a value")
    return [Piece(text, node.name, forced=False)]


def _repeat_pieces(repeat: Repeat, events: tuple[Event, ...]) -> list[Piece]:
    found = []
    for index, event in enumerate(events):
        opening = repeat.more if index else repeat.first
        found.append(Piece(opening, repeat.name, forced=False))
        found.extend(_item_pieces(repeat, event))
    found.append(Piece(repeat.end if events else repeat.end_empty, repeat.name, forced=False))
    return found


def _item_pieces(repeat: Repeat, event: Event) -> Iterator[Piece]:
    values = {
        f"{repeat.name}[].label": event.label,
        f"{repeat.name}[].characteristic": event.characteristic,
    }
    for node in repeat.item:
        if isinstance(node, Literal):
            yield Piece(node.text, None, forced=True)
        else:
            yield Piece(canonical_string(values[node.name]), node.name, forced=False)
