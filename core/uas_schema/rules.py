"""Rules of one document across its fields, and the mends of those that can be mended.

Each broken rule is a ``Violation`` that says where and what. Cheap on purpose: it runs on every
document of a corpus. Knows nothing of the audio.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from uas_schema.document import CLOSED_FIELDS, Event, UasDocument
from uas_schema.ontology import plain_name

Level = Literal["error", "warning"]
Check = Literal[
    "voice_field_missing", "voice_field_without_voice", "label_empty", "label_repeated", "too_long"
]

# Characters. A label is a noun; a phrase describes; a transcript holds at most four hours at 20
# characters a second, faster than anyone speaks.
MAX_LABEL = 80
MAX_PHRASE = 400
MAX_TRANSCRIPT = 4 * 3600 * 20


@dataclass(frozen=True)
class Violation:
    """A broken rule: how bad, which, where (JSON path), in words, and the value that breaks it."""

    level: Level
    check: Check
    path: str
    message: str
    evidence: str


def check(document: UasDocument, waived: Collection[str] = ()) -> list[Violation]:
    """Broken rules of a document, in the order of its fields.

    ``waived``: paths of ``Closed.incomplete``, whose absence is no fault.
    """
    return [
        *_null_rule(document, waived),
        *_lengths(document),
        *_labels(document),
    ]


def mend(document: UasDocument) -> tuple[UasDocument, list[Violation]]:
    """Mend what needs no guess; return the mended document and what was mended.

    Events with an empty or repeated label are dropped, fields of a missing voice become null, long
    texts are cut at a word. A missing age, gender or emotion stays missing: ``check`` reports it.
    """
    mended = [fault for fault in check(document) if fault.check != "voice_field_missing"]
    if not mended:
        return document, []
    if document.has_voice:
        return _shortened(document), mended
    heard = _shortened(document).non_linguistic_events
    silent = UasDocument.no_voice(heard.description, heard.discrete_events, heard.continuous_events)
    return silent, mended


def count_by_check(violations: Iterable[Violation]) -> Counter[Check]:
    """How often each rule was broken."""
    return Counter(violation.check for violation in violations)


def _null_rule(document: UasDocument, waived: Collection[str]) -> Iterator[Violation]:
    voice = document.paralinguistics
    if document.has_voice:
        for field, values in CLOSED_FIELDS.items():
            path = f"paralinguistics.{field}"
            if getattr(voice, field) is None and path not in waived:
                message = f"a voice was heard, so {field} is one of {', '.join(values)}"
                yield Violation("error", "voice_field_missing", path, message, "null")
        return
    for name, value in voice:
        if value is not None:
            path, message = f"paralinguistics.{name}", f"no voice was heard, so {name} is null"
            yield Violation("error", "voice_field_without_voice", path, message, value)


def _lengths(document: UasDocument) -> Iterator[Violation]:
    for path, text, limit in _texts(document):
        if text is not None and len(text) > limit:
            message = f"{len(text)} characters, at most {limit} make sense"
            yield Violation("warning", "too_long", path, message, text[:MAX_LABEL])


def _labels(document: UasDocument) -> Iterator[Violation]:
    seen: set[str] = set()
    for path, event in _events(document):
        name = plain_name(event.label)
        if not name:
            message = "an event has a label: name the sound"
            yield Violation("error", "label_empty", f"{path}.label", message, event.label)
        elif name in seen:
            message = "a label occurs once in both lists: keep the first"
            yield Violation("error", "label_repeated", f"{path}.label", message, event.label)
        seen.add(name)


def _texts(document: UasDocument) -> Iterator[tuple[str, str | None, int]]:
    """Path, text and limit of every free text."""
    voice, heard = document.paralinguistics, document.non_linguistic_events
    yield "transcription", document.transcription, MAX_TRANSCRIPT
    yield "paralinguistics.accent", voice.accent, MAX_PHRASE
    yield "paralinguistics.prosody", voice.prosody, MAX_PHRASE
    yield "paralinguistics.timbre", voice.timbre, MAX_PHRASE
    yield "nonLinguisticEvents.description", heard.description, MAX_PHRASE
    for path, event in _events(document):
        yield f"{path}.label", event.label, MAX_LABEL
        yield f"{path}.characteristic", event.characteristic, MAX_PHRASE


def _events(document: UasDocument) -> Iterator[tuple[str, Event]]:
    heard = document.non_linguistic_events
    for index, event in enumerate(heard.discrete_events):
        yield f"nonLinguisticEvents.discreteEvents[{index}]", event
    for index, event in enumerate(heard.continuous_events):
        yield f"nonLinguisticEvents.continuousEvents[{index}]", event


def _shortened(document: UasDocument) -> UasDocument:
    """Copy without faulty events and with long texts cut."""
    voice, heard = document.paralinguistics, document.non_linguistic_events
    seen = {""}
    return UasDocument(
        transcription=_cut(document.transcription, MAX_TRANSCRIPT),
        paralinguistics=voice.replace(
            accent=_cut(voice.accent, MAX_PHRASE),
            prosody=_cut(voice.prosody, MAX_PHRASE),
            timbre=_cut(voice.timbre, MAX_PHRASE),
        ),
        non_linguistic_events=heard.replace(
            description=_cut(heard.description, MAX_PHRASE),
            discrete_events=_first_of_each(heard.discrete_events, seen),
            continuous_events=_first_of_each(heard.continuous_events, seen),
        ),
    )


def _first_of_each(events: Iterable[Event], seen: set[str]) -> tuple[Event, ...]:
    """Events whose label is not in ``seen``, which grows."""
    kept = []
    for event in events:
        label = _cut_text(event.label, MAX_LABEL)
        name = plain_name(label)
        if name not in seen:
            seen.add(name)
            characteristic = _cut_text(event.characteristic, MAX_PHRASE)
            kept.append(Event(label=label, characteristic=characteristic))
    return tuple(kept)


def _cut(text: str | None, limit: int) -> str | None:
    return None if text is None else _cut_text(text, limit)


def _cut_text(text: str, limit: int) -> str:
    """Cut at the last space within the limit, or at the limit."""
    if len(text) <= limit:
        return text
    words, _, _ = text[: limit + 1].rpartition(" ")
    return words.rstrip() or text[:limit]
