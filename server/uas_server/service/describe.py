"""Describes a clip of any length: cuts it into windows, decodes each, joins the documents.

For a clip within the model's window the events are those of its plan. For a longer one the fields
come window by window, under `segments[i].`, and the joined document comes as one delta: in both
cases the deltas concatenate to the canonical text of the final document.
"""

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from uas_model.draft import DraftWord
from uas_schema.document import UasDocument
from uas_server.engine.errors import EngineDead
from uas_server.metrics import Metrics
from uas_server.service.envelope import (
    Confidence,
    DeltaPayload,
    FieldPayload,
    Segment,
    Timings,
    UasEnvelope,
    Usage,
    Word,
)
from uas_server.service.job import Job
from uas_server.service.merge import Window, merge_confidence, merge_documents
from uas_server.service.model import ServedModel
from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import Span, voice_activity
from uas_signal.segments import cut


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


PlanEvent = FieldPayload | DeltaPayload | PlanResult
Plan = Callable[[ServedModel, Job], AsyncGenerator[PlanEvent, None]]
DescribeEvent = FieldPayload | DeltaPayload | UasEnvelope


@dataclass(frozen=True)
class _Part:
    """One window of the clip and how it was decoded."""

    span: Span
    speech_s: float
    result: PlanResult


async def describe(
    model: ServedModel, plan: Plan, metrics: Metrics, job: Job
) -> AsyncGenerator[DescribeEvent, None]:
    """Yield what becomes known, and the envelope last. Raises `EngineError`, `ApiError`."""
    spans = await asyncio.to_thread(cut, job.samples, float(model.info.window_s))
    parts: list[_Part] = []
    first_event_s: float | None = None
    for index, span in enumerate(spans):
        window = _window(job, span, index if len(spans) > 1 else None)
        async with aclosing(plan(model, window)) as events:
            async for event in events:
                if isinstance(event, PlanResult):
                    parts.append(_Part(span, await _speech_s(window.samples), event))
                    continue
                first_event_s = first_event_s or job.elapsed_s()
                if len(spans) == 1:
                    yield event
                elif isinstance(event, FieldPayload):
                    yield FieldPayload(path=f"segments[{index}].{event.path}", value=event.value)
        if len(parts) != index + 1:
            raise EngineDead("the plan ended without a result; try again")
    envelope = _envelope(model, metrics, job, parts, first_event_s)
    if len(spans) > 1:
        yield DeltaPayload(text=envelope.uas.canonical())
    yield envelope


def _window(job: Job, span: Span, index: int | None) -> Job:
    """The part of a job that lies in one window."""
    if index is None:
        return job
    first, last = (round(at_s * SAMPLE_RATE_HZ) for at_s in (span.start_s, span.end_s))
    return dataclasses.replace(
        job, request_id=f"{job.request_id}.{index}", samples=job.samples[first:last]
    )


async def _speech_s(samples: NDArray[np.float32]) -> float:
    spans = await asyncio.to_thread(voice_activity, samples)
    return sum(span.duration_s for span in spans)


def _envelope(
    model: ServedModel,
    metrics: Metrics,
    job: Job,
    parts: Sequence[_Part],
    first_event_s: float | None,
) -> UasEnvelope:
    windows = [
        Window(part.result.document, part.speech_s, part.result.confidence) for part in parts
    ]
    incomplete = _incomplete(parts)
    spent_s = _spent_s(job, parts)
    if first_event_s is not None:
        spent_s["first_event"] = first_event_s
    usage = _usage(job, parts)
    _count(metrics, job, parts, spent_s, usage)
    segments = tuple(map(_segment, parts))
    return UasEnvelope(
        id=job.request_id,
        model=model.info.name,
        uas=merge_documents(windows),
        confidence=merge_confidence(windows) if len(windows) > 1 else windows[0].confidence,
        truncated=bool(incomplete),
        incomplete=incomplete,
        segments=segments,
        words=_all_words(segments),
        usage=usage,
        timings=Timings.of(spent_s, job.elapsed_s()),
    )


def _segment(part: _Part) -> Segment:
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


def _incomplete(parts: Sequence[_Part]) -> tuple[str, ...]:
    if len(parts) == 1:
        return parts[0].result.incomplete
    return tuple(
        f"segments[{index}].uas.{path}"
        for index, part in enumerate(parts)
        for path in part.result.incomplete
    )


def _spent_s(job: Job, parts: Sequence[_Part]) -> dict[str, float]:
    """Seconds by stage, all windows together."""
    spent_s = dict(job.spent_s)
    for part in parts:
        for stage, seconds in part.result.spent_s.items():
            spent_s[stage] = spent_s.get(stage, 0.0) + seconds
    return spent_s


def _usage(job: Job, parts: Sequence[_Part]) -> Usage:
    def total(kind: str) -> int:
        return sum(part.result.tokens.get(kind, 0) for part in parts)

    return Usage(
        audio_s=job.duration_s,
        prompt_tokens=total("prompt"),
        prefill_tokens=total("prefill"),
        sampled_tokens=total("sampled"),
        forced_tokens=total("forced"),
    )


def _count(
    metrics: Metrics,
    job: Job,
    parts: Sequence[_Part],
    spent_s: Mapping[str, float],
    usage: Usage,
) -> None:
    metrics.stages(spent_s)
    metrics.used(usage.tokens_by_kind())
    metrics.heard(job.duration_s, job.elapsed_s())
    for part in parts:
        for kind, count in part.result.failures.items():
            metrics.schema_failures.labels(kind).inc(count)
