"""One live session: audio in, segments found, documents out as numbered events.

It knows nothing of sockets: whoever brings the audio may leave and another come, and what was taken
in goes on becoming documents. What it holds is bounded: the open segment, finished ones up to
`live_buffer_s`, and the newest events.
"""

import asyncio
import logging
import secrets
import time
import uuid
from collections import deque
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from uas_server.admission import Admission
from uas_server.errors import ApiError, api_error_of, retry_after
from uas_server.live.closing import GOING_AWAY, NORMAL, close_code
from uas_server.live.messages import (
    DeltaEvent,
    Done,
    DoneEvent,
    ErrorEvent,
    FieldEvent,
    FinalEvent,
    GoingAway,
    GoingAwayEvent,
    Lagging,
    LaggingEvent,
    SegmentEvent,
    SegmentInfo,
    Start,
)
from uas_server.live.outbox import Outbox
from uas_server.live.pcm import SAMPLE_BYTES, PcmReader
from uas_server.logs import unexpected
from uas_server.metrics import Metrics
from uas_server.service.describe import DescribeEvent, Plan, describe
from uas_server.service.envelope import DeltaPayload, FieldPayload
from uas_server.service.job import Job
from uas_server.service.model import ServedModel
from uas_server.settings import Settings
from uas_signal import SAMPLE_RATE_HZ
from uas_signal.utterances import Segment, Segmenter

_KEPT_EVENTS_BYTES = 1 << 20
_HEAD_START_S = 10.0  # of audio that may come at once, before it is held to its pace
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
class _Waiting:
    """A finished segment without a document."""

    info: SegmentInfo
    segment: Segment
    since: float


@dataclass(frozen=True)
class Hold:
    """A connection's hold on a session: it is `asked` to let go, and then has `left`."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)


class Session:
    """One caller's stream.

    Attributes:
        id: names it in logs and answers; opens nothing.
        resume_token: opens it again, for the same `owner` only.
        outbox: its events.
        acknowledged: samples taken in, as the client counts them.
        is_ending: no more audio is taken.
        rate_hz: of the client's samples.
        model: name of what describes it.
    """

    def __init__(self, bench: Bench, owner: str, start: Start) -> None:
        self.id = f"live_{uuid.uuid4().hex}"
        self.resume_token = secrets.token_urlsafe(24)
        self.owner = owner
        self.outbox = Outbox(_KEPT_EVENTS_BYTES)
        self.acknowledged = 0
        self.is_ending = False
        self.rate_hz = start.sample_rate_hz
        self.model = bench.model.info.name
        self._bench = bench
        self._start = start
        self._opened = time.monotonic()
        self._pcm = PcmReader(start.sample_rate_hz)
        self._segmenter = Segmenter(float(bench.model.info.window_s))
        self._taking = asyncio.Lock()
        self._waiting: deque[_Waiting] = deque()
        self._segments = 0
        self._changed = asyncio.Condition()
        self._failure: ApiError | None = None
        self._hold: Hold | None = None
        self._work = asyncio.create_task(self._describe_all())

    @property
    def audio_s(self) -> float:
        """Seconds of audio taken in."""
        return self.acknowledged / self.rate_hz

    @property
    def behind_s(self) -> float:
        """Seconds of audio whose segments have ended and have no document yet."""
        return sum(each.info.end_s - each.info.start_s for each in self._waiting)

    @property
    def settled(self) -> int:
        """Samples, as the client counts them, that a new session need not be given."""
        first = self._waiting[0].segment.start if self._waiting else self._segmenter.settled
        return min(first * self.rate_hz // SAMPLE_RATE_HZ, self.acknowledged)

    def left_s(self) -> float:
        """Seconds, of the clock or of audio, that the session may still last."""
        longest_s = self._bench.settings.live_session_s
        return longest_s - max(time.monotonic() - self._opened, self.audio_s)

    async def take_over(self, hold: Hold) -> None:
        """Let a connection hold the session, once the one before has left."""
        before, self._hold = self._hold, hold
        if before is not None:
            before.asked.set()
            await before.left.wait()

    async def feed(self, message: bytes) -> None:
        """Take audio in, not before its pace and the model allow it.

        A message is taken as a whole or, when this is cancelled in time, not at all.

        Raises `ApiError` invalid_audio, lagging_too_far.
        """
        await self._keep_pace()
        await self._wait_for_room()
        if not self.is_ending:
            await asyncio.shield(self._take(message))

    async def finish(self, failure: ApiError | None = None) -> None:
        """No more audio: its last documents, then `done`, or the error that ended it."""
        if not self.is_ending:
            self.is_ending, self._failure = True, failure
            await asyncio.shield(self._flush())

    def fail(self, failure: ApiError) -> None:
        """End at once with an error; what has no document gets none."""
        self.is_ending = True
        self._work.cancel()
        self._put_error(failure, None)
        self.outbox.end(close_code(failure.code))

    async def leave_off(self, within_s: float) -> None:
        """The server stops: the documents that are ready in time, then `going_away`."""
        self.is_ending = True
        try:
            async with asyncio.timeout(within_s), self._changed:
                await self._changed.wait_for(lambda: not self._waiting)
        except TimeoutError:
            pass
        self.go_away()

    def go_away(self) -> None:
        """End at once because the server stops."""
        data = GoingAway(
            resume_token=self.resume_token,
            acknowledged_samples=self.acknowledged,
            settled_samples=self.settled,
        )
        self.is_ending = True
        self._work.cancel()
        self.outbox.put(lambda number: GoingAwayEvent(number=number, data=data))
        self.outbox.end(GOING_AWAY)

    async def close(self) -> None:
        """Stop all work."""
        self.is_ending = True
        self._work.cancel()
        await asyncio.gather(self._work, return_exceptions=True)
        self.outbox.end(NORMAL)

    async def acknowledged_now(self) -> int:
        """Samples taken in, with those of a message that is just being taken."""
        async with self._taking:
            return self.acknowledged

    async def _keep_pace(self) -> None:
        """Wait until the clock has come as far as the audio may be."""
        ahead_s = max(0.0, self.audio_s - _HEAD_START_S) / self._bench.settings.live_speed
        wait_s = ahead_s - (time.monotonic() - self._opened)
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    async def _wait_for_room(self) -> None:
        settings = self._bench.settings
        try:
            async with asyncio.timeout(settings.live_lag_s), self._changed:
                await self._changed.wait_for(lambda: self.behind_s < settings.live_buffer_s)
        except TimeoutError:
            message = "The model does not keep up with this audio. Try again when there is less."
            raise ApiError("lagging_too_far", message, headers=retry_after(1)) from None

    async def _take(self, message: bytes) -> None:
        async with self._taking:
            found = await asyncio.to_thread(self._hear, message)
            self.acknowledged += len(message) // SAMPLE_BYTES
            await self._add(found)

    def _hear(self, message: bytes) -> list[Segment]:
        return self._segmenter.push(self._pcm.read(message))

    async def _flush(self) -> None:
        async with self._taking:
            await self._add(await asyncio.to_thread(self._hear_rest))

    def _hear_rest(self) -> list[Segment]:
        return [*self._segmenter.push(self._pcm.finish()), *self._segmenter.finish()]

    async def _add(self, found: list[Segment]) -> None:
        """Let segments wait for their documents, and wake the work."""
        for segment in found:
            span = segment.span
            info = SegmentInfo(
                index=self._segments, kind=segment.kind, start_s=span.start_s, end_s=span.end_s
            )
            self._segments += 1
            self._waiting.append(_Waiting(info, segment, time.monotonic()))
            self._put_segment(info)
        limit_s = self._bench.settings.live_buffer_s
        if found and self.behind_s > limit_s * _LAGGING_SHARE:
            data = Lagging(behind_s=round(self.behind_s, 3), limit_s=limit_s)
            self.outbox.put(lambda number: LaggingEvent(number=number, data=data))
        async with self._changed:
            self._changed.notify_all()

    def _put_segment(self, info: SegmentInfo) -> None:
        self.outbox.put(lambda number: SegmentEvent(number=number, segment=info))

    def _put_error(self, failure: ApiError, segment: SegmentInfo | None) -> None:
        body = failure.body(self.id)
        self.outbox.put(lambda number: ErrorEvent(number=number, segment=segment, data=body))

    async def _describe_all(self) -> None:
        """Give every segment its document, one after the other, to the end."""
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: bool(self._waiting) or self._is_flushed)
            if not self._waiting:
                break
            waiting = self._waiting[0]
            await self._describe(waiting)
            self._waiting.popleft()
            async with self._changed:
                self._changed.notify_all()
        if self._failure is not None:
            self._put_error(self._failure, None)
            self.outbox.end(close_code(self._failure.code))
            return
        data = Done(segments=self._segments, audio_s=self.audio_s)
        self.outbox.put(lambda number: DoneEvent(number=number, data=data))
        self.outbox.end(NORMAL)

    @property
    def _is_flushed(self) -> bool:
        return self.is_ending and not self._taking.locked()

    async def _describe(self, waiting: _Waiting) -> None:
        """Put the events of one segment out; if it fails, an error in their place."""
        request_s = self._bench.settings.request_s
        job = Job(
            request_id=uuid.uuid4().hex,
            samples=waiting.segment.samples,
            max_tokens=self._start.max_tokens or self._bench.settings.max_tokens,
            words=self._start.words,
            deadline=time.monotonic() + request_s,
            cache_salt=self.owner,
            started=waiting.since,
        )
        try:
            async with asyncio.timeout(request_s + _GRACE_S):
                await self._decode(waiting.info, job)
        except TimeoutError:
            message = "Time ran out before the document of this segment."
            self._put_error(ApiError("deadline_exceeded", message), waiting.info)
        except Exception as error:
            failure = api_error_of(error)
            if failure.status == 500:
                unexpected(_logger, error, self.id)
            self._put_error(failure, waiting.info)

    async def _decode(self, info: SegmentInfo, job: Job) -> None:
        bench = self._bench
        async with bench.admission.turn() as waited_s:
            job.spent_s["queue"] = waited_s
            async with aclosing(describe(bench.model, bench.plan, bench.metrics, job)) as events:
                async for event in events:
                    self.outbox.put(_about(info, event))


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
