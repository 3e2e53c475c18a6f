"""One live session: audio in, segments found, documents out as numbered events.

It knows nothing of sockets: whoever brings the audio may leave and another come, and what was taken
in goes on becoming documents. What it holds is bounded: the open segment, finished ones up to
`live_buffer_s`, and the newest events.
"""

import asyncio
import contextlib
import secrets
import time
import uuid
from dataclasses import dataclass, field

from uas_server.errors import ApiError, retry_after
from uas_server.live.audio import MOST_BYTES_PER_S, reader_of
from uas_server.live.closing import GOING_AWAY, NORMAL, close_code
from uas_server.live.documents import Bench, Caller, Documents
from uas_server.live.messages import Done, DoneEvent, ErrorEvent, GoingAway, GoingAwayEvent
from uas_server.live.outbox import Outbox
from uas_server.live.place import Place
from uas_signal import SAMPLE_RATE_HZ
from uas_signal.utterances import Segment, Segmenter

_KEPT_EVENTS_BYTES = 1 << 20
_HEAD_START_S = 10.0  # of audio that may come at once, before it is held to its pace


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
        acknowledged_bytes: bytes of the messages that were taken in here.
        is_ending: no more audio is taken.
        rate_hz: of the client's samples.
        model: name of what describes it.
    """

    def __init__(self, bench: Bench, owner: str, place: Place) -> None:
        """Begin at a place, which for a new stream is all zero."""
        self.id = f"live_{uuid.uuid4().hex}"
        self.resume_token = secrets.token_urlsafe(24)
        self.owner = owner
        self.outbox = Outbox(_KEPT_EVENTS_BYTES, place.number)
        self.acknowledged = place.samples
        self.acknowledged_bytes = 0
        self.is_ending = False
        self.rate_hz = place.start.rate_hz
        self.model = bench.model.info.name
        self._settings = bench.settings
        self._place = place
        self._opened = time.monotonic()
        self._reader = reader_of(place.start, place.samples)
        self._segmenter = Segmenter(float(bench.model.info.longest_described_s))
        self._offset = place.samples * SAMPLE_RATE_HZ // self.rate_hz
        self._taking = asyncio.Lock()
        caller = Caller(self.id, owner, place.start)
        self._documents = Documents(bench, caller, self.outbox, place.segments)
        self._failure: ApiError | None = None
        self._hold: Hold | None = None
        self._work = asyncio.create_task(self._run())

    @property
    def audio_s(self) -> float:
        """Seconds of audio taken in here."""
        return (self.acknowledged - self._place.samples) / self.rate_hz

    @property
    def behind_s(self) -> float:
        """Seconds of audio that wait for their documents."""
        return self._documents.behind_s

    @property
    def settled(self) -> int:
        """Samples, as the client counts them, whose documents went out or that have none."""
        oldest = self._documents.oldest
        settled = self._segmenter.settled if oldest is None else oldest.start
        at = self._place.samples + settled * self.rate_hz // SAMPLE_RATE_HZ
        return self._reader.start_before(min(at, self.acknowledged))

    def left_s(self) -> float:
        """Seconds, of the clock or of audio, that the session may still last."""
        return self._settings.live_session_s - max(time.monotonic() - self._opened, self._taken_s)

    @property
    def _taken_s(self) -> float:
        """Seconds of audio taken in here, by their length or, if that is more, by their bytes."""
        return max(self.audio_s, self.acknowledged_bytes / MOST_BYTES_PER_S)

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
        self._end_with(failure)

    async def leave_off(self, within_s: float) -> None:
        """The server stops: the documents that are ready in time, then `going_away`.

        What is open or not ready is behind the place that the event gives, for another server.
        Where no other can go on in the middle, what is open ends here.
        """
        self.is_ending = True
        if not self._reader.goes_on_anywhere:
            await asyncio.shield(self._hear_rest())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._documents.until(behind_s=0.0)
        self.go_away()

    def go_away(self) -> None:
        """End at once because the server stops."""
        self.is_ending = True
        self._work.cancel()
        self.outbox.put(self._going_away)
        self.outbox.end(GOING_AWAY)

    async def close(self) -> None:
        """Stop all work."""
        self.is_ending = True
        self._work.cancel()
        await self._reader.close()
        await asyncio.gather(self._work, return_exceptions=True)
        self.outbox.end(NORMAL)

    async def acknowledged_now(self) -> int:
        """Samples taken in, with those of a message that is just being taken."""
        async with self._taking:
            return self.acknowledged

    async def _keep_pace(self) -> None:
        """Wait until the clock has come as far as the audio may be."""
        ahead_s = max(0.0, self._taken_s - _HEAD_START_S) / self._settings.live_speed
        wait_s = ahead_s - (time.monotonic() - self._opened)
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    async def _wait_for_room(self) -> None:
        try:
            async with asyncio.timeout(self._settings.live_lag_s):
                await self._documents.until(self._settings.live_buffer_s)
        except TimeoutError:
            message = "The model does not keep up with this audio. Try again when there is less."
            raise ApiError("lagging_too_far", message, headers=retry_after(1)) from None

    async def _take(self, message: bytes) -> None:
        async with self._taking:
            heard = await self._reader.read(message)
            found = await asyncio.to_thread(self._segmenter.push, heard.samples)
            self.acknowledged += heard.source_samples
            self.acknowledged_bytes += len(message)
            await self._documents.add(found, self._offset)

    async def _flush(self) -> None:
        await self._hear_rest()
        await self._documents.complete()

    async def _hear_rest(self) -> None:
        async with self._taking:
            found: list[Segment] = []
            try:
                heard = await self._reader.finish()
            except ApiError as failure:
                self._failure = self._failure or failure
            else:
                self.acknowledged += heard.source_samples
                found = await asyncio.to_thread(self._segmenter.push, heard.samples)
            found += await asyncio.to_thread(self._segmenter.finish)
            await self._documents.add(found, self._offset)

    async def _run(self) -> None:
        await self._documents.work()
        if self._failure is None:
            data = Done(segments=self._documents.segments, audio_s=self.acknowledged / self.rate_hz)
            self.outbox.put(lambda number: DoneEvent(number=number, data=data))
            self.outbox.end(NORMAL)
        else:
            self._end_with(self._failure)

    def _end_with(self, failure: ApiError) -> None:
        body = failure.body(self.id)
        self.outbox.put(lambda number: ErrorEvent(number=number, data=body))
        self.outbox.end(close_code(failure.code))

    def _going_away(self, number: int) -> GoingAwayEvent:
        place = Place(
            start=self._place.start,
            samples=self.settled if self._reader.goes_on_anywhere else self.acknowledged,
            segments=self._documents.segments - self._documents.waiting,
            number=number,
        )
        data = GoingAway(resume_token=place.token(), settled_samples=place.samples)
        return GoingAwayEvent(number=number, data=data)
