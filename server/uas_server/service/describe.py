"""Describes a clip of any length: cuts it into windows, decodes each, joins the documents.

For a clip of one window the events are those of its plan. For a longer one the fields come window
by window, under `segments[i].`, and the joined document comes as one delta: in both cases the
deltas concatenate to the canonical text of the final document.
"""

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

import numpy as np
from numpy.typing import NDArray

from uas_server.engine.errors import EngineDead
from uas_server.metrics import Metrics
from uas_server.service.envelope import DeltaPayload, FieldPayload, Timings, UasEnvelope
from uas_server.service.event_times import event_times
from uas_server.service.job import Job
from uas_server.service.join import Part, PlanResult, join, spent_by_stage, used_by
from uas_server.service.model import ServedModel
from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import Span, voice_activity
from uas_signal.windows import cut

PlanEvent = FieldPayload | DeltaPayload | PlanResult
Plan = Callable[[ServedModel, Job], AsyncGenerator[PlanEvent, None]]
DescribeEvent = FieldPayload | DeltaPayload | UasEnvelope


async def describe(
    model: ServedModel, plan: Plan, metrics: Metrics, job: Job
) -> AsyncGenerator[DescribeEvent, None]:
    """Yield what becomes known, and the envelope last. Raises `EngineError`, `ApiError`."""
    spans = await asyncio.to_thread(cut, job.samples, float(model.info.longest_described_s))
    parts: list[Part] = []
    first_event_s: float | None = None
    for index, span in enumerate(spans):
        window = _window(job, span, index if len(spans) > 1 else None)
        async with aclosing(plan(model, window)) as events:
            async for event in events:
                if isinstance(event, PlanResult):
                    # Windows are weighed against each other; one alone needs no weight.
                    parts.append(await _part(span, window.samples, event, weigh=len(spans) > 1))
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


async def describe_window(model: ServedModel, plan: Plan, job: Job, span: Span) -> Part:
    """Decode one window whose samples `job` holds. Raises `EngineError`, `ApiError`."""
    async with aclosing(plan(model, job)) as events:
        async for event in events:
            if isinstance(event, PlanResult):
                return await _part(span, job.samples, event, weigh=True)
    raise EngineDead("the plan ended without a result; try again")


def _window(job: Job, span: Span, index: int | None) -> Job:
    """The part of a job that lies in one window."""
    if index is None:
        return job
    first, last = (round(at_s * SAMPLE_RATE_HZ) for at_s in (span.start_s, span.end_s))
    return dataclasses.replace(
        job, request_id=f"{job.request_id}.{index}", samples=job.samples[first:last]
    )


async def _part(
    span: Span, samples: NDArray[np.float32], result: PlanResult, *, weigh: bool
) -> Part:
    def heard() -> Part:
        speech_s = sum(each.duration_s for each in voice_activity(samples)) if weigh else 0.0
        return Part(span, speech_s, result, event_times(result.document, samples))

    return await asyncio.to_thread(heard)


def _envelope(
    model: ServedModel,
    metrics: Metrics,
    job: Job,
    parts: Sequence[Part],
    first_event_s: float | None,
) -> UasEnvelope:
    usage = used_by(parts, job.duration_s)
    spent_s = spent_by_stage(parts, job.spent_s)
    if first_event_s is not None:
        spent_s["first_event"] = first_event_s
    metrics.stages(spent_s)
    metrics.used(usage.tokens_by_kind())
    metrics.heard(job.duration_s, job.elapsed_s())
    for part in parts:
        metrics.failed(part.result.failures)
    timings = Timings.of(spent_s, job.elapsed_s())
    return join(job.request_id, model.info.name, parts, usage, timings)
