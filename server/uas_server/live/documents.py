"""Gives the segments of one session their documents, one after the other, as numbered events."""

import asyncio
import logging
import time
import uuid
from collections import deque
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

from uas_server.admission import Admission
from uas_server.errors import ApiError, api_error_of
from uas_server.live.messages import (
    DeltaEvent,
    ErrorEvent,
    FieldEvent,
    FinalEvent,
    Lagging,
    LaggingEvent,
    SegmentEvent,
    SegmentInfo,
    Start,
)
from uas_server.live.outbox import Outbox
from uas_server.logs import unexpected
from uas_server.metrics import Metrics
from uas_server.service.describe import DescribeEvent, Plan, describe
from uas_server.service.envelope import DeltaPayload, FieldPayload
from uas_server.service.job import Job
from uas_server.service.model import ServedModel
from uas_server.settings import Settings
from uas_signal import SAMPLE_RATE_HZ
from uas_signal.utterances import Segment

_LAGGING_SHARE = 0.5  # of the buffer, from which on the client is told
_GRACE_S = 2.0

_logger = logging.getLogger("uas_server.live")


@dataclass(frozen=True)
class Bench:
    """What segments are worked on with."""

    settings: Settings
    model: ServedModel
    plan: Plan
    admission: Admission
    metrics: Metrics


@dataclass(frozen=True)
class Caller:
    """Whose documents they are: the session in logs and errors, its owner's cache, its wishes."""

    session_id: str
    cache_salt: str
    start: Start


@dataclass(frozen=True)
class _Waiting:
    """A finished segment without a document."""

    info: SegmentInfo
    segment: Segment
    since: float


class Documents:
    """The segments that wait, and the work on them.

    Attributes:
        segments: how many there have been, waiting or not.
    """

    def __init__(self, bench: Bench, caller: Caller, outbox: Outbox, segments: int) -> None:
        """Go on behind so many segments."""
        self.segments = segments
        self._bench = bench
        self._caller = caller
        self._outbox = outbox
        self._waiting: deque[_Waiting] = deque()
        self._is_complete = False
        self._changed = asyncio.Condition()

    @property
    def behind_s(self) -> float:
        """Seconds of audio in the segments that wait."""
        return sum(each.info.end_s - each.info.start_s for each in self._waiting)

    @property
    def waiting(self) -> int:
        """How many segments wait."""
        return len(self._waiting)

    @property
    def oldest(self) -> Segment | None:
        """The first segment without a document."""
        return self._waiting[0].segment if self._waiting else None

    async def add(self, found: list[Segment], offset: int) -> None:
        """Let segments wait; `offset` is where in the stream their samples are counted from."""
        for segment in found:
            info = self._info(segment, offset / SAMPLE_RATE_HZ)
            self._waiting.append(_Waiting(info, segment, time.monotonic()))
            self._put_segment(info)
        limit_s = self._bench.settings.live_buffer_s
        if found and self.behind_s > limit_s * _LAGGING_SHARE:
            data = Lagging(behind_s=round(self.behind_s, 3), limit_s=limit_s)
            self._outbox.put(lambda number: LaggingEvent(number=number, data=data))
        await self._tell()

    async def complete(self) -> None:
        """No more segments come: `work` ends with the last document."""
        self._is_complete = True
        await self._tell()

    async def until(self, behind_s: float) -> None:
        """Wait until less than this, or nothing, waits."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._waiting or self.behind_s < behind_s)

    async def work(self) -> None:
        """Give every segment its document, to the end."""
        while await self._one_waits():
            await self._describe(self._waiting[0])
            self._waiting.popleft()
            await self._tell()

    async def _one_waits(self) -> bool:
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self._waiting) or self._is_complete)
        return bool(self._waiting)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _info(self, segment: Segment, offset_s: float) -> SegmentInfo:
        info = SegmentInfo(
            index=self.segments,
            kind=segment.kind,
            start_s=round(segment.span.start_s + offset_s, 4),
            end_s=round(segment.span.end_s + offset_s, 4),
        )
        self.segments += 1
        return info

    async def _describe(self, waiting: _Waiting) -> None:
        """Put the events of one segment out; if it fails, an error in their place."""
        request_s = self._bench.settings.request_s
        job = Job(
            request_id=uuid.uuid4().hex,
            samples=waiting.segment.samples,
            max_tokens=self._caller.start.max_tokens or self._bench.settings.max_tokens,
            words=self._caller.start.words,
            deadline=time.monotonic() + request_s,
            cache_salt=self._caller.cache_salt,
            started=waiting.since,
        )
        try:
            async with asyncio.timeout(request_s + _GRACE_S):
                await self._decode(waiting.info, job)
        except TimeoutError:
            message = "Time ran out before the document of this segment."
            self._put_error(waiting.info, ApiError("deadline_exceeded", message))
        except Exception as error:
            failure = api_error_of(error)
            if failure.status == 500:
                unexpected(_logger, error, self._caller.session_id)
            self._put_error(waiting.info, failure)

    async def _decode(self, info: SegmentInfo, job: Job) -> None:
        bench = self._bench
        async with bench.admission.turn() as waited_s:
            job.spent_s["queue"] = waited_s
            async with aclosing(describe(bench.model, bench.plan, bench.metrics, job)) as events:
                async for event in events:
                    self._outbox.put(_about(info, event))

    def _put_segment(self, info: SegmentInfo) -> None:
        self._outbox.put(lambda number: SegmentEvent(number=number, segment=info))

    def _put_error(self, info: SegmentInfo, failure: ApiError) -> None:
        body = failure.body(self._caller.session_id)
        self._outbox.put(lambda number: ErrorEvent(number=number, segment=info, data=body))


def _about(
    info: SegmentInfo, event: DescribeEvent
) -> Callable[[int], FieldEvent | DeltaEvent | FinalEvent]:
    """What becomes the event of a segment once it has its number."""

    def numbered(number: int) -> FieldEvent | DeltaEvent | FinalEvent:
        if isinstance(event, FieldPayload):
            return FieldEvent(number=number, segment=info, data=event)
        if isinstance(event, DeltaPayload):
            return DeltaEvent(number=number, segment=info, data=event)
        return FinalEvent(number=number, segment=info, data=event)

    return numbered
