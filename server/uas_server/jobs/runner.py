"""Works on jobs: one window after the other, each written down before the next is begun.

A lane claims a job, streams its recording from where the last finished window ends, and gives the
engine one window at a time in a background turn, so that a request waits for one window at most.
Whatever ends the process, the job goes on from there, here or in another process.
"""

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from typing import TypeVar

from opentelemetry.trace import Tracer
from sqlalchemy import Connection

from uas_server.engine.errors import DeadlineExceeded, EngineBusy, EngineDead, EngineError
from uas_server.errors import ApiError, api_error_of
from uas_server.jobs import leases
from uas_server.jobs.clock import Clock, ms
from uas_server.jobs.database import Database
from uas_server.jobs.errors import AudioMissing, JobsError, LeaseLost
from uas_server.jobs.files import AudioFiles
from uas_server.jobs.record import Failure, JobRecord, Status, WindowRecord
from uas_server.logs import event, unexpected
from uas_server.metrics import Metrics
from uas_server.service.describe import Plan, describe_window
from uas_server.service.envelope import Timings
from uas_server.service.job import Job
from uas_server.service.join import Part, join, spent_by_stage, used_by
from uas_server.service.model import ServedModel
from uas_server.tracing import NO_TRACER, window_span
from uas_signal.errors import SignalError
from uas_signal.limits import DecodeLimits
from uas_signal.stream import open_stream
from uas_signal.windows import Cutter, Window, samples_before

_POLL_S = 1.0
_ENGINE_RETRY_S = 0.5
_TRIES = 3  # of one window, when the engine dies over it or takes too long

_HOPELESS = "The server failed over this recording again and again. Re-encode it, or report it."

T = TypeVar("T")
_Write = Callable[[Connection, JobRecord, leases.End, T], None]

_logger = logging.getLogger("uas_server.jobs")


@dataclass(frozen=True)
class Bench:
    """What a window is worked on with; `turn` waits for the engine, `window_s` bounds one."""

    model: ServedModel
    plan: Plan
    metrics: Metrics
    turn: Callable[[], AbstractAsyncContextManager[None]]
    audio: DecodeLimits
    window_s: float
    tracer: Tracer = NO_TRACER


class Runner:
    """The lanes of this process."""

    def __init__(
        self,
        database: Database,
        files: AudioFiles,
        bench: Bench,
        clock: Clock,
        *,
        lease_s: float,
        keep_s: float,
    ) -> None:
        """Jobs are held for `lease_s` at a time, and kept for `keep_s` after their end."""
        self._database = database
        self._files = files
        self._bench = bench
        self._clock = clock
        self._lease_s = lease_s
        self._keep_s = keep_s
        self._worker = uuid.uuid4().hex
        self._new = asyncio.Event()
        self._under_way: dict[str, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """There is a new job."""
        self._new.set()

    def stop(self, job_id: str) -> None:
        """A job is not wanted any more; if it runs here, it ends now."""
        if job_id in self._under_way:
            self._under_way[job_id].cancel()

    async def work_on_one(self) -> float:
        """Work on a job, or wait a while for one. Raises `JobsError` of the storage."""
        job = await self._claim()
        if job is not None:
            await self._hold(job)
        return 0.0

    async def _claim(self) -> JobRecord | None:
        """A job, or None after a while without one."""
        self._new.clear()
        now_ms = self._clock()
        until_ms = now_ms + ms(self._lease_s)
        job = await self._database.run(leases.claim, self._worker, now_ms, until_ms)
        if job is None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._new.wait(), _POLL_S)
        return job

    async def _hold(self, job: JobRecord) -> None:
        """Work on a job and keep it while doing so. Raises `JobsError` of the storage."""
        working = asyncio.create_task(self._work(job))
        keeping = asyncio.create_task(self._keep(job))
        self._under_way[job.id] = working
        try:
            await asyncio.wait({working, keeping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            del self._under_way[job.id]
            keeping.cancel()
            stopped = working.cancel()
            await asyncio.gather(working, keeping, return_exceptions=True)
            failure = _failure_of(working) or _failure_of(keeping)
            if stopped or failure:
                with contextlib.suppress(JobsError):  # then the lease has to pass
                    await self._database.run(leases.let_go, job.id, self._worker)
        if isinstance(failure, LeaseLost):
            event(_logger, logging.INFO, "job_lost", job=job.id)
        elif failure is not None:
            raise failure

    async def _keep(self, job: JobRecord) -> None:
        while True:
            await asyncio.sleep(self._lease_s / 3)
            await self._database.run(leases.keep, self._lease(job))

    async def _work(self, job: JobRecord) -> None:
        """Bring a job to its end. Raises `JobsError` of the storage."""
        try:
            if await self._database.run(leases.is_hopeless, job.id):
                await self._fail(job, ApiError("internal_error", _HOPELESS))
                return
            await self._succeed(job, await self._parts(job))
        except AudioMissing as error:
            await self._fail(job, ApiError("internal_error", str(error)))
        except JobsError:
            raise
        except (SignalError, EngineError, ApiError) as error:
            await self._fail(job, api_error_of(error))
        except Exception as error:
            unexpected(_logger, error, job.request_id)
            await self._fail(job, api_error_of(error))

    async def _parts(self, job: JobRecord) -> list[Part]:
        """All windows of a job: those that were finished, and the rest as it is now done."""
        finished = await self._database.run(leases.finished_windows, job.id)
        parts = [window.part() for window in finished]
        start_s = parts[-1].span.end_s if parts else 0.0
        async with aclosing(self._windows(job, start_s)) as windows:
            async for window in windows:
                part = await self._describe(job, window)
                record = WindowRecord.of(part)
                lease = self._lease(job)
                await self._database.run(leases.add_window, lease, len(parts), record)
                parts.append(part)
        return parts

    async def _windows(self, job: JobRecord, start_s: float) -> AsyncGenerator[Window, None]:
        """The windows of the recording from `start_s`, an end of one, on."""
        cutter = Cutter(float(self._bench.model.info.longest_described_s), start_s)
        skip = samples_before(start_s)
        try:
            opened = open_stream(self._files.path(job.id), self._bench.audio, skip_samples=skip)
            async with opened as stream, aclosing(stream.blocks()) as blocks:
                async for block in blocks:
                    for window in await asyncio.to_thread(cutter.push, block):
                        yield window
        except FileNotFoundError:
            message = "The recording is not where this server keeps them. Send it again."
            raise AudioMissing(message) from None
        for window in await asyncio.to_thread(cutter.finish):
            yield window

    async def _describe(self, job: JobRecord, window: Window) -> Part:
        """One window, tried again where the engine is at fault."""
        for left in reversed(range(_TRIES)):
            await self._engine_ready()
            try:
                async with self._bench.turn():
                    return await self._describe_once(job, window)
            except (EngineDead, EngineBusy, DeadlineExceeded):
                if not left:
                    raise
                await asyncio.sleep(_ENGINE_RETRY_S)
        raise RuntimeError("a window was tried no more and did not fail")

    async def _describe_once(self, job: JobRecord, window: Window) -> Part:
        bench, began = self._bench, time.monotonic()
        clip = Job(
            request_id=uuid.uuid4().hex,
            samples=window.samples,
            max_tokens=job.max_tokens,
            words=job.words,
            deadline=began + bench.window_s,
            cache_salt=job.owner,
        )
        with window_span(bench.tracer, job.request_id, job.id):
            part = await describe_window(bench.model, bench.plan, clip, window.span)
        bench.metrics.used(part.result.tokens)
        bench.metrics.failed(part.result.failures)
        bench.metrics.heard(window.span.duration_s, time.monotonic() - began)
        return part

    async def _engine_ready(self) -> None:
        while self._bench.model.engine.health() != "ready":  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(_ENGINE_RETRY_S)

    async def _succeed(self, job: JobRecord, parts: list[Part]) -> None:
        now_ms = self._clock()
        usage = used_by(parts, parts[-1].span.end_s)
        waited_s = max(0, (job.started_ms or now_ms) - job.created_ms) / 1_000
        spent_s = spent_by_stage(parts, {"queue": waited_s})
        timings = Timings.of(spent_s, max(0, now_ms - job.created_ms) / 1_000)
        envelope = join(job.id, self._bench.model.info.name, parts, usage, timings)
        result = envelope.model_dump_json(by_alias=True)
        await self._end(leases.succeed, job, "succeeded", result)

    async def _fail(self, job: JobRecord, error: ApiError) -> None:
        failure = Failure(error.code, error.message, error.param)
        await self._end(leases.fail, job, "failed", failure)

    async def _end(self, write: _Write[T], job: JobRecord, status: Status, outcome: T) -> None:
        now_ms = self._clock()
        end = leases.End(self._worker, now_ms, now_ms + ms(self._keep_s))
        await self._database.run(write, job, end, outcome)
        self._files.delete(job.id)
        event(_logger, logging.INFO, "job_ended", job=job.id, status=status)

    def _lease(self, job: JobRecord) -> leases.Lease:
        """A lease from now on."""
        return leases.Lease(job.id, self._worker, self._clock() + ms(self._lease_s))


def _failure_of(task: asyncio.Task[None]) -> BaseException | None:
    return None if task.cancelled() else task.exception()
