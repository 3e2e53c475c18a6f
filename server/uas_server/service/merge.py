"""Joins the documents of a long clip's windows into one. Pure: no audio, no engine.

Transcripts are joined in order; the other voice fields take the value that holds for the longest
time of speech, the earliest on a tie; events are united without repeating a label.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from uas_schema.document import CLOSED_FIELDS, Event, Paralinguistics, UasDocument
from uas_schema.ontology import plain_name
from uas_schema.rules import mend
from uas_server.service.envelope import Confidence, Probabilities

_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "FULLWIDTH", "IDEOGRAPHIC")


@dataclass(frozen=True)
class Window:
    """One decoded window.

    Attributes:
        document: what was heard in it.
        speech_s: seconds of likely speech; what a window's voice fields weigh.
        confidence: probabilities of its closed fields.
    """

    document: UasDocument
    speech_s: float
    confidence: Confidence = field(default_factory=Confidence)


def merge_documents(windows: Sequence[Window]) -> UasDocument:
    """One document for all windows, in the order of time.

    Raises `ValueError` when there are none.
    """
    if not windows:
        raise ValueError("there are no windows to merge; give one or more")
    if len(windows) == 1:
        return windows[0].document
    heard = [window.document.non_linguistic_events for window in windows]
    merged = UasDocument(
        transcription=_joined_transcripts(windows),
        paralinguistics=_majority(windows),
        non_linguistic_events=heard[0].replace(
            description=_joined_descriptions([part.description for part in heard]),
            discrete_events=_united([part.discrete_events for part in heard]),
            continuous_events=_united([part.continuous_events for part in heard]),
        ),
    )
    return mend(merged)[0]


def spoken_text(texts: Iterable[str]) -> str:
    """Texts that were spoken one after the other as one text."""
    joined = ""
    for text in texts:
        joined += continuation(joined, text)
    return joined


def continuation(before: str, text: str) -> str:
    """What to put behind the text before to go on with this one: a space where one belongs, and
    the text without white space around it.
    """
    bare = text.strip()
    spaced = before and bare and not (_is_unspaced(before[-1]) and _is_unspaced(bare[0]))
    return f" {bare}" if spaced else bare


def merge_confidence(windows: Sequence[Window]) -> Confidence:
    """Mean of the probabilities of the windows with a voice, weighted by time of speech.

    That of a voice at all is the surest window's.
    """
    voiced = [window for window in windows if window.document.has_voice]
    voices = [window.confidence.voice for window in windows]
    return Confidence(
        voice=max((voice for voice in voices if voice is not None), default=None),
        **{field: _mean_of(voiced, field) for field in CLOSED_FIELDS},
    )


def _joined_transcripts(windows: Sequence[Window]) -> str | None:
    texts = [window.document.transcription for window in windows]
    spoken = [text for text in texts if text is not None]
    return spoken_text(spoken) if spoken else None


def _is_unspaced(character: str) -> bool:
    """Whether a character belongs to a script that puts no spaces between words."""
    return unicodedata.name(character, "").startswith(_UNSPACED)


def _majority(windows: Sequence[Window]) -> Paralinguistics:
    voiced = [window for window in windows if window.document.has_voice]
    return Paralinguistics(
        **{field: _longest(voiced, field) for field in Paralinguistics.model_fields}
    )


def _longest(voiced: Iterable[Window], field: str) -> str | None:
    """Value of a field that holds for the longest time of speech; None when no window has one."""
    seconds: dict[str, float] = {}
    for window in voiced:
        value = getattr(window.document.paralinguistics, field)
        if value is not None:
            seconds[value] = seconds.get(value, 0.0) + window.speech_s
    return max(seconds, key=seconds.__getitem__, default=None)


def _joined_descriptions(descriptions: Iterable[str | None]) -> str | None:
    distinct = dict.fromkeys(text for text in descriptions if text is not None)
    return "; ".join(filter(None, distinct)) if distinct else None


def _united(lists: Iterable[Iterable[Event]]) -> tuple[Event, ...]:
    """Events of all windows, each label once, the first one kept."""
    by_label: dict[str, Event] = {}
    for events in lists:
        for event in events:
            by_label.setdefault(plain_name(event.label), event)
    return tuple(by_label.values())


def _mean_of(voiced: Sequence[Window], field: str) -> Probabilities | None:
    known: list[tuple[float, Probabilities]] = []
    for window in voiced:
        probabilities = getattr(window.confidence, field)
        if probabilities is not None:
            known.append((window.speech_s, probabilities))
    if not known:
        return None
    if not any(weight for weight, _ in known):
        known = [(1.0, probabilities) for _, probabilities in known]
    total = sum(weight for weight, _ in known)
    values = dict.fromkeys(value for _, probabilities in known for value in probabilities)
    return {
        value: min(1.0, sum(weight * each.get(value, 0.0) for weight, each in known) / total)
        for value in values
    }
