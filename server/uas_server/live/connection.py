"""One live connection: reads the client's messages, sends a session's events, closes cleanly.

Whatever ends it is an event before the close code, except a client that is gone.
"""

import asyncio
import contextlib
import logging

from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect

from uas_server.context import RequestContext
from uas_server.errors import ApiError, api_error_of
from uas_server.live.closing import NORMAL, close_code
from uas_server.live.desk import Desk
from uas_server.live.messages import (
    AckEvent,
    Acknowledged,
    End,
    ErrorEvent,
    Ready,
    ReadyEvent,
    Resume,
    ServerEvent,
    read_message,
)
from uas_server.live.outbox import Closing, Missed
from uas_server.live.place import Place
from uas_server.live.session import Hold, Session
from uas_server.logs import unexpected
from uas_server.settings import Settings

SERVER_STOPS = 1012
"""Code of the disconnect message with which the protocol says that the server stops."""

_LAST_WORDS_S = 1.0
_DRAIN_SHARE = 0.5  # of the time to drain, for documents; the rest is for saying so


_logger = logging.getLogger("uas_server.live")


class Connection:
    """An accepted WebSocket of one caller."""

    def __init__(
        self, socket: WebSocket, desk: Desk, settings: Settings, context: RequestContext
    ) -> None:
        self._socket = socket
        self._desk = desk
        self._settings = settings
        self._context = context
        self._hold = Hold()
        self._told = 0

    async def run(self) -> None:
        """Serve the connection to its end."""
        try:
            session, number = await self._begin()
        except ApiError as failure:
            await self._end_with(failure)
        except WebSocketDisconnect:
            return
        else:
            await self._serve(session, number)

    async def _begin(self) -> tuple[Session, int]:
        """The session that the first message asks for, and the last event that the client has.

        Raises `ApiError`, `WebSocketDisconnect`.
        """
        try:
            async with asyncio.timeout(self._settings.header_s):
                message = await self._socket.receive()
        except TimeoutError:
            reason = "No start message came in time. Send one once the connection is open."
            raise ApiError("idle_timeout", reason) from None
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message["code"])
        self._check_size(message)
        sent: str | None = message.get("text")
        asked = None if sent is None else read_message(sent)
        if asked is None or isinstance(asked, End):
            raise ApiError("invalid_message", "Send a start or resume message first, as JSON text.")
        owner = self._context.cache_salt
        if isinstance(asked, Resume):
            session, number = self._desk.resume(owner, asked), asked.last_number
        else:
            session, number = self._desk.open(owner, Place(start=asked)), 0
        await session.take_over(self._hold)
        return session, number

    async def _serve(self, session: Session, number: int) -> None:
        """Serve until the session ends, the client leaves, or another connection takes over."""
        sending = asyncio.create_task(self._send_events(session, number))
        reading = asyncio.create_task(self._read(session))
        taken = asyncio.create_task(self._hold.asked.wait())
        tasks = (sending, reading, taken)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:  # the server stops, and its time to drain is over
            session.go_away()
        if session.outbox.is_ended:
            await asyncio.wait({sending}, timeout=_LAST_WORDS_S)
        for task in tasks:
            task.cancel()
        sent, read, _ = await asyncio.gather(*tasks, return_exceptions=True)
        self._context.audio_s = round(session.audio_s, 3)
        self._hold.left.set()
        if self._hold.asked.is_set():
            text = "Another connection goes on with this session."
            await self._end_with(ApiError("session_taken_over", text))
        elif isinstance(sent, Closing):
            self._desk.drop(session)
            await self._close(sent.code)
        elif isinstance(sent, Missed):
            self._desk.drop(session)
            text = "Events were not read in time. Read while you send."
            await self._end_with(ApiError("too_slow", text))
        elif broken := _unexpected(sent, read):
            self._desk.drop(session)
            unexpected(_logger, broken, self._context.request_id)
            await self._end_with(api_error_of(broken))
        elif read == NORMAL:
            self._desk.drop(session)
        else:
            self._desk.leave(session)

    async def _send_events(self, session: Session, number: int) -> Closing:
        """Send `ready` and what comes behind this number, to the end of the session."""
        await self._send(await self._ready(session))
        while not isinstance(item := await session.outbox.after(number), Closing):
            await self._socket.send_text(item)
            number += 1
        return item

    async def _ready(self, session: Session) -> ReadyEvent:
        self._told = await session.acknowledged_now()
        return ReadyEvent(
            data=Ready(
                session=session.id,
                model=session.model,
                resume_token=session.resume_token,
                resume_within_s=self._settings.live_resume_s,
                acknowledged_samples=self._told,
                acknowledged_bytes=session.acknowledged_bytes,
            )
        )

    async def _read(self, session: Session) -> int:
        """Take the client's messages until it leaves; gives the code that it left with."""
        while True:
            message = await self._next(session)
            if message is None:
                continue
            if message["type"] == "websocket.disconnect":
                if message["code"] != SERVER_STOPS:
                    return int(message["code"])
                await session.leave_off(self._settings.drain_s * _DRAIN_SHARE)
                return SERVER_STOPS
            if session.is_ending:
                continue
            try:
                await self._take(session, message)
            except ApiError as failure:
                self._context.code = failure.code
                session.fail(failure)

    async def _next(self, session: Session) -> Message | None:
        """The next message; None when it did not come, or the session may not last longer."""
        if session.is_ending:
            return await self._socket.receive()
        left_s = session.left_s()
        try:
            async with asyncio.timeout(min(self._settings.live_idle_s, left_s)):
                return await self._socket.receive()
        except TimeoutError:
            await session.finish(self._out_of_time(is_over=session.left_s() <= 0))
            return None

    def _out_of_time(self, *, is_over: bool) -> ApiError:
        settings = self._settings
        if is_over:
            text = f"The session lasted {settings.live_session_s:g} s, its most. Start a new one."
            return ApiError("session_too_long", text)
        text = f"Nothing came for {settings.live_idle_s:g} s. Send audio, silence too, or end."
        return ApiError("idle_timeout", text)

    async def _take(self, session: Session, message: Message) -> None:
        """Raises `ApiError` for what is wrong with a message."""
        self._check_size(message)
        audio = message.get("bytes")
        if audio is None:
            if not isinstance(read_message(message["text"]), End):
                raise ApiError("invalid_message", "The session has begun. Send audio or end.")
            await session.finish()
            return
        await session.feed(audio)
        if session.acknowledged - self._told >= session.rate_hz:
            self._told = session.acknowledged
            told = Acknowledged(
                acknowledged_samples=self._told,
                acknowledged_bytes=session.acknowledged_bytes,
                settled_samples=session.settled,
            )
            await self._send(AckEvent(data=told))

    def _check_size(self, message: Message) -> None:
        text, audio = message.get("text"), message.get("bytes")
        size = len(audio) if audio is not None else len((text or "").encode())
        self._context.bytes_in += size
        if size > self._settings.live_message_bytes:
            limit = self._settings.live_message_bytes
            raise ApiError("message_too_big", f"A message is over {limit} bytes. Send it in parts.")

    async def _send(self, event: ServerEvent) -> None:
        await self._socket.send_text(event.model_dump_json(by_alias=True))

    async def _end_with(self, failure: ApiError) -> None:
        """Send an error that belongs to no session, and close."""
        self._context.code = failure.code
        with contextlib.suppress(WebSocketDisconnect):
            await self._send(ErrorEvent(data=failure.body(self._context.request_id)))
        await self._close(close_code(failure.code))

    async def _close(self, code: int) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # it is closed already
            await self._socket.close(code)


def _unexpected(*ended: object) -> Exception | None:
    """The failure of ours among how tasks ended; that a client is gone is none."""
    for outcome in ended:
        if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
            return outcome
    return None
