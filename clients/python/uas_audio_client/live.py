"""A live session: audio goes in while it is recorded, typed events come out.

Needs the extra `live` (websockets). It keeps no audio and opens no second connection by itself:
`SessionCut.point` and what `ready` acknowledges are what a caller needs to go on.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from uas_audio_client.answers import reading
from uas_audio_client.clips import given
from uas_audio_client.errors import ResumePoint, SessionCut, UnexpectedAnswer, api_error, refused
from uas_audio_client.generated.models import (
    AckEvent,
    DeltaEvent,
    DoneEvent,
    End,
    ErrorEvent,
    FieldEvent,
    FinalEvent,
    GoingAwayEvent,
    LaggingEvent,
    Ready,
    ReadyEvent,
    Resume,
    SegmentEvent,
    Start,
    StartEncoding,
)

LiveEvent: TypeAlias = (
    AckEvent
    | SegmentEvent
    | FieldEvent
    | DeltaEvent
    | FinalEvent
    | LaggingEvent
    | GoingAwayEvent
    | ErrorEvent
    | DoneEvent
)

_EVENTS: Mapping[str, Callable[[Mapping[str, Any]], LiveEvent]] = {
    "ack": AckEvent.from_dict,
    "segment": SegmentEvent.from_dict,
    "field": FieldEvent.from_dict,
    "delta": DeltaEvent.from_dict,
    "final": FinalEvent.from_dict,
    "lagging": LaggingEvent.from_dict,
    "going_away": GoingAwayEvent.from_dict,
    "error": ErrorEvent.from_dict,
    "done": DoneEvent.from_dict,
}

_PATH = "/v1/stream"


class LiveSession:
    """One connection of a session. Send from one task while another iterates over the events.

    Attributes:
        ready: what the server said at the start: audio goes on behind `acknowledged_samples`, a
            stream of webm or ogg behind `acknowledged_bytes`.
        point: from where another connection can go on.
    """

    def __init__(self, socket: ClientConnection, ready: Ready, last_number: int) -> None:
        self._socket = socket
        self.ready = ready
        self.point = ResumePoint(ready.resume_token, last_number)

    async def send(self, audio: bytes) -> None:
        """Send a message of audio in the session's encoding. Waits while the server holds up.

        `pcm16` is whole samples: 16 bit, little-endian, mono; `opus` one packet, or nothing for one
        that was lost; `webm` and `ogg` the next bytes of such a stream. A message has at most
        `live_message_bytes` of GET /v1/limits.
        """
        await self._say(audio)

    async def end(self) -> None:
        """Say that there is no more audio; the last documents come, then `DoneEvent`."""
        await self._say(json.dumps(End(type_="end").to_dict()))

    async def events(self) -> AsyncIterator[LiveEvent]:
        """Every event to `DoneEvent`. An `ErrorEvent` is about one segment, and the rest goes on.

        Raises `ApiError` when the session ends with an error, `SessionCut` when the connection
        does.
        """
        while True:
            event = _event_of(await self._hear())
            if event is None:
                continue
            self._remember(event)
            if isinstance(event, ErrorEvent) and not event.segment:
                raise api_error(event.data.error)
            yield event
            if isinstance(event, DoneEvent):
                return

    def _remember(self, event: LiveEvent) -> None:
        token, number = self.point.resume_token, getattr(event, "number", None)
        if isinstance(event, GoingAwayEvent):
            token = event.data.resume_token  # good for the next server
        self.point = ResumePoint(token, number or self.point.last_number)

    async def _say(self, message: str | bytes) -> None:
        try:
            await self._socket.send(message)
        except ConnectionClosed as closed:
            raise self._cut(closed) from closed

    async def _hear(self) -> Mapping[str, Any]:
        try:
            return await _heard(self._socket)
        except ConnectionClosed as closed:
            raise self._cut(closed) from closed

    def _cut(self, closed: ConnectionClosed) -> SessionCut:
        return SessionCut(self.point, closed.rcvd.code if closed.rcvd else None)


@asynccontextmanager
async def live_session(
    base_url: str,
    api_key: str | None = None,
    *,
    encoding: StartEncoding = "pcm16",
    sample_rate_hz: int | None = None,
    words: bool = False,
    max_tokens: int | None = None,
    resume: ResumePoint | None = None,
) -> AsyncIterator[LiveSession]:
    """Open a session, or go on with one.

    `encoding` is pcm16, opus, webm or ogg. `sample_rate_hz` is of pcm16, 16000 unless given; Opus
    counts at 48000 and takes no other.

    Raises `ApiError` when the server refuses; when there is none, `OSError` or what websockets
    raises.
    """
    start = Start(
        type_="start",
        encoding=encoding,
        sample_rate_hz=given(sample_rate_hz),
        words=words,
        max_tokens=given(max_tokens),
    )
    first = start if resume is None else Resume("resume", resume.resume_token, resume.last_number)
    url = base_url.rstrip("/").replace("http", "ws", 1) + _PATH
    headers = {} if api_key is None else {"Authorization": f"Bearer {api_key}"}
    # Events hold text of any length; samples do not get smaller by compression.
    connection = connect(url, additional_headers=headers, compression=None, max_size=None)
    try:
        socket = await connection
    except InvalidStatus as error:
        raise _refusal(error) from error
    async with socket:
        await socket.send(json.dumps(first.to_dict()))
        last_number = 0 if resume is None else resume.last_number
        yield LiveSession(socket, await _ready(socket), last_number)


async def _ready(socket: ClientConnection) -> Ready:
    try:
        message = await _heard(socket)
    except ConnectionClosed as closed:
        raise UnexpectedAnswer("the connection ended before the session was ready") from closed
    with reading():
        if message.get("event") == "ready":
            return ReadyEvent.from_dict(message).data
        error = ErrorEvent.from_dict(message).data.error
    raise api_error(error)


async def _heard(socket: ClientConnection) -> Mapping[str, Any]:
    text = await socket.recv()
    with reading():
        message: Mapping[str, Any] = json.loads(text)
        return message


def _event_of(message: Mapping[str, Any]) -> LiveEvent | None:
    """The typed event; None for one that a newer server says."""
    with reading():
        read = _EVENTS.get(message["event"])
        return None if read is None else read(message)


def _refusal(error: InvalidStatus) -> Exception:
    try:
        body = json.loads(error.response.body or b"")
    except ValueError:
        body = None
    return refused(error.response.status_code, error.response.headers, body)
