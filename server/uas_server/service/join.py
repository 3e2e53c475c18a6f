"""Joins the parts of a clip, however they came about, into one envelope: no audio, no engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from uas_model.draft import DraftWord
from uas_schema.document import UasDocument
from uas_server.service.envelope import (
    Confidence,
    Segment,
    TimedEvent,
    Timings,
    UasEnvelope,
    Usage,
    Word,
)
from uas_server.service.merge import Window, merge_confidence, merge_documents
from uas_signal.activity import Span

_AT_A_CUT_S = 0.1  # what is nearer to the edge of a window may go on behind it


@dataclass(frozen=True)
class PlanResult:
    """What the plan of one window ends with.

    Attributes:
        document: checked and mended.
        confidence: probabilities of the closed fields.
        incomplete: paths that the budget cut or did not reach.
        tokens: by kind, as `Usage` names them.
        spent_s: seconds by stage, as the metrics name them.
        failures: how often the document was not right as decoded, by the metrics' kinds.
        words: those of the transcription, timed from the start of the window; None where their
            times are not known.
    """

    document: UasDocument
    confidence: Confidence = field(default_factory=Confidence)
    incomplete: tuple[str, ...] = ()
    tokens: Mapping[str, int] = field(default_factory=dict)
    spent_s: Mapping[str, float] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    words: tuple[DraftWord, ...] | None = None


@dataclass(frozen=True)
class Part:
    """One window of a clip and how it was decoded.

    Attributes:
        span: where it lies in the clip.
        speech_s: seconds of likely speech in it.
        result: what its plan ended with.
        events: sounds that are timed, from the start of the window; None where none is.
    """

    span: Span
    speech_s: float
    result: PlanResult
    events: tuple[TimedEvent, ...] | None = None


def join(
    request_id: str, model: str, parts: Sequence[Part], usage: Usage, timings: Timings
) -> UasEnvelope:
    """The envelope of a clip's parts, in the order of time. Raises `ValueError` without any."""
    windows = [
        Window(part.result.document, part.speech_s, part.result.confidence) for part in parts
    ]
    incomplete = _incomplete(parts)
    segments = tuple(map(_segment, parts))
    return UasEnvelope(
        id=request_id,
        model=model,
        uas=merge_documents(windows),
        confidence=merge_confidence(windows) if len(windows) > 1 else windows[0].confidence,
        truncated=bool(incomplete),
        incomplete=incomplete,
        segments=segments,
        words=_all_words(segments),
        events=_all_events(parts) or None,
        usage=usage,
        timings=timings,
    )


def spent_by_stage(parts: Sequence[Part], before: Mapping[str, float]) -> dict[str, float]:
    """Seconds by stage, all windows and what came before them together."""
    spent_s = dict(before)
    for part in parts:
        for stage, seconds in part.result.spent_s.items():
            spent_s[stage] = spent_s.get(stage, 0.0) + seconds
    return spent_s


def used_by(parts: Sequence[Part], audio_s: float) -> Usage:
    """Tokens of all windows, and the length of the clip."""

    def total(kind: str) -> int:
        return sum(part.result.tokens.get(kind, 0) for part in parts)

    return Usage(
        audio_s=audio_s,
        prompt_tokens=total("prompt"),
        prefill_tokens=total("prefill"),
        sampled_tokens=total("sampled"),
        forced_tokens=total("forced"),
    )


def _segment(part: Part) -> Segment:
    span, result = part.span, part.result
    words = None if result.words is None else tuple(_word(word, span) for word in result.words)
    return Segment(start_s=span.start_s, end_s=span.end_s, uas=result.document, words=words)


def _word(word: DraftWord, window: Span) -> Word:
    """A word of a window with its times in the clip; none lies outside its window."""
    start_s, end_s = (
        min(window.start_s + at_s, window.end_s) for at_s in (word.start_s, word.end_s)
    )
    return Word(
        word=word.text.strip(),
        start_s=round(start_s, 3),
        end_s=round(end_s, 3),
        probability=round(word.probability, 4),
    )


def _all_words(segments: Sequence[Segment]) -> tuple[Word, ...] | None:
    """Words of all segments; None when those of any segment are not known."""
    words: list[Word] = []
    for segment in segments:
        if segment.words is None:
            return None
        words.extend(segment.words)
    return tuple(words)


def _all_events(parts: Sequence[Part]) -> tuple[TimedEvent, ...]:
    """Timed sounds of all windows, in the clip. What a cut may have halved is left out."""
    events: list[TimedEvent] = []
    for index, part in enumerate(parts):
        for event in part.events or ():
            ends_in_doubt = event.end_s is None or event.end_s > part.span.duration_s - _AT_A_CUT_S
            begins_before = index > 0 and event.start_s < _AT_A_CUT_S
            if begins_before or (index < len(parts) - 1 and ends_in_doubt):
                continue
            start_s = round(part.span.start_s + event.start_s, 3)
            end_s = None if event.end_s is None else round(part.span.start_s + event.end_s, 3)
            events.append(event.replace(start_s=start_s, end_s=end_s))
    return tuple(events)


def _incomplete(parts: Sequence[Part]) -> tuple[str, ...]:
    if len(parts) == 1:
        return parts[0].result.incomplete
    return tuple(
        f"segments[{index}].uas.{path}"
        for index, part in enumerate(parts)
        for path in part.result.incomplete
    )
