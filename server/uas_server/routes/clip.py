"""From an admitted request to a decoded clip: what the operations on clips share."""

import dataclasses
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from uas_server.context import RequestContext
from uas_server.engine.errors import EngineDead
from uas_server.errors import ApiError
from uas_server.service.describe import DescribeEvent, Plan, describe
from uas_server.service.envelope import UasEnvelope
from uas_server.service.job import Job
from uas_server.services import Services
from uas_server.tracing import stage_span


def check_model(services: Services, asked: str | None) -> None:
    """Refuse a model that is not served. Raises `ApiError` model_not_found."""
    name = services.model.info.name
    if asked not in (None, name):
        message = f"This server runs {name}. Leave model out, or name that one."
        raise ApiError("model_not_found", message, param="model")


async def decode(
    services: Services,
    context: RequestContext,
    audio: bytes,
    *,
    max_tokens: int | None,
    words: bool = False,
) -> Job:
    """Decode a clip in a child. Raises `SignalError`."""
    began = time.monotonic()
    with stage_span(services.tracer, "decode"):
        waveform = await services.decoders.decode(audio, deadline=context.deadline)
    context.audio_s = round(waveform.duration_s, 3)
    return Job(
        request_id=uuid.uuid4().hex,  # a caller may use its own request id twice at a time
        samples=waveform.samples,
        max_tokens=max_tokens or services.settings.max_tokens,
        words=words,
        deadline=context.deadline,
        cache_salt=context.cache_salt,
        started=context.started,
        spent_s={"decode": time.monotonic() - began},
    )


@asynccontextmanager
async def turn(context: RequestContext, job: Job) -> AsyncIterator[Job]:
    """Hold the engine for a job while inside; gives the job with its time in the queue."""
    if context.ticket is None:
        raise RuntimeError("the path is not among those that are admitted")
    async with context.ticket.turn() as waited_s:
        yield dataclasses.replace(job, spent_s={**job.spent_s, "queue": waited_s})


async def described(
    services: Services, context: RequestContext, job: Job, plan: Plan
) -> AsyncGenerator[DescribeEvent, None]:
    """Events of a clip, from its turn at the engine to the envelope."""
    async with turn(context, job) as running:
        events = describe(services.model, plan, services.metrics, running)
        async with aclosing(events):
            async for event in events:
                yield event


async def envelope_of(events: AsyncGenerator[DescribeEvent, None]) -> UasEnvelope:
    """The envelope that the events of a clip end with. Raises `EngineError`, `ApiError`."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, UasEnvelope):
                return event
    raise EngineDead("the description ended without a document; try again")
