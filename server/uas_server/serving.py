"""Runs an app under uvicorn, with deadlines for clients that are slow to send or to read.

uvicorn has no deadline for headers, nor for the rest of a body that was answered before it had
arrived, nor for a client that does not read its answer; `DeadlineProtocol` adds these. Below ASGI
there is no error shape: the connection is closed.
"""

import asyncio
import signal
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from uas_server.settings import Settings
from uas_server.websocket_protocol import websocket_with

LINGER_S = 5.0
"""How long a client may go on sending a body that was answered already."""

_HEADER_BYTES = 32_768
_PING_S = 20.0
_MESSAGE_SHARE = 2  # up to here a message that is too big is told so; beyond, only its code is


class DeadlineProtocol(H11Protocol):
    """One connection. `header_s` and `read_s` are set by `protocol_with`."""

    header_s = 10.0
    read_s = 30.0
    _deadline: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: the first headers are due."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)  # `pause_writing` as soon as anything is unread
        self._expect_within(self.header_s)

    def data_received(self, data: bytes) -> None:
        """Take bytes in; stop the clock when the headers are complete, and for nothing else.

        What is left of a body that was answered may come drop by drop; its clock goes on.
        """
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._stop_clock()
        elif self._deadline is None and self.conn.their_state is h11.IDLE:
            self._expect_within(self.header_s)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Stop the clocks: the connection is another protocol's now."""
        self._stop_clock()
        self._stop_reader_clock()
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        """Start the clock for what is left of a body that nobody waits for."""
        super().on_response_complete()
        if self.cycle.response_complete and self.conn.their_state is h11.SEND_BODY:
            self._expect_within(LINGER_S)

    def pause_writing(self) -> None:
        """Start the reader's clock: its system takes no more."""
        super().pause_writing()
        self._unread = self.loop.call_later(self.read_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop the reader's clock: everything was taken."""
        super().resume_writing()
        self._stop_reader_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._stop_clock()
        self._stop_reader_clock()
        super().connection_lost(exc)

    def _expect_within(self, seconds: float) -> None:
        self._stop_clock()
        self._deadline = self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()

    def _stop_reader_clock(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def protocol_with(header_s: float, read_s: float) -> type[DeadlineProtocol]:
    """A protocol class with these deadlines; uvicorn makes the instances itself."""
    return type("Protocol", (DeadlineProtocol,), {"header_s": header_s, "read_s": read_s})


def uvicorn_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """How uvicorn runs the app: one process, our logs, our protocols."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=protocol_with(settings.header_s, settings.read_s),
        ws=websocket_with(settings.read_s),
        ws_max_size=_MESSAGE_SHARE * settings.live_message_bytes,
        ws_ping_interval=_PING_S,
        ws_ping_timeout=_PING_S,
        ws_per_message_deflate=False,
        lifespan="on",
        access_log=False,
        log_config=_log_config(settings.log_level),
        server_header=False,
        h11_max_incomplete_event_size=_HEADER_BYTES,
        timeout_graceful_shutdown=int(settings.drain_s),
    )


def serve(app: ASGIApp, settings: Settings) -> bool:
    """Run until SIGINT or SIGTERM; False when it did not start.

    uvicorn raises the signal again once it has drained; being told to stop is no failure.
    """
    signal.signal(signal.SIGTERM, lambda *_: None)
    server = uvicorn.Server(uvicorn_config(app, settings))
    server.run()
    return server.started


def _log_config(level: str) -> dict[str, Any]:
    """Everything as JSON lines on standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "uas_server.logs.JsonFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "loggers": {"httpx": {"level": "WARNING"}},  # or it logs every request
        "root": {"level": level.upper(), "handlers": ["stderr"]},
    }
