"""uvicorn's WebSocket connection, bounded where it is not and quiet where it would log content.

It adds: a client that does not read is cut off; a message in endless pieces is refused; when the
server stops, the app is told so and says goodbye itself (`SERVER_STOPS`).
"""

import asyncio
import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from uas_server.live.connection import SERVER_STOPS

_MOST_PIECES = 256  # of one message
_TOO_BIG = 1009

_quiet = logging.getLogger("uas_server.websockets")
_quiet.setLevel(logging.WARNING)


class LiveProtocol(WebSocketsSansIOProtocol):
    """One connection. `read_s` is set by `websocket_with`."""

    read_s = 30.0
    _unread: asyncio.TimerHandle | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.logger = _quiet  # uvicorn's line for an accepted connection has address and query
        self.conn.logger, self.conn.debug = _quiet, False  # and at level debug every frame

    def handle_cont(self, event: Frame) -> None:
        """Take a piece of a message, unless there are far too many: empty ones count no bytes."""
        if len(self.frames) < _MOST_PIECES:
            super().handle_cont(event)
        else:
            self.conn.fail(_TOO_BIG, "too many pieces")
            self.handle_parser_exception()

    def handle_ping(self) -> None:
        """Answer, unless the client does not read: answers would pile up."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def pause_writing(self) -> None:
        """Start the reader's clock."""
        super().pause_writing()
        self._unread = self.loop.call_later(self.read_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop the reader's clock."""
        super().resume_writing()
        self._stop_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Tell the app that the server stops; it closes the connection."""
        if self.handshake_complete and not self.close_sent:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": SERVER_STOPS})
        else:
            super().shutdown()

    def _stop_clock(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


def websocket_with(read_s: float) -> type[LiveProtocol]:
    """A protocol class with this deadline; uvicorn makes the instances itself."""
    return type("WebSocket", (LiveProtocol,), {"read_s": read_s})
