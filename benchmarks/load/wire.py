"""HTTP/1.1 as a load generator needs it: requests are ready bytes, answers are timed bytes.

A client that parses less than the server never holds it up: a general HTTP client takes about as
long for one request as the server that it is to measure. Knows what uvicorn sends (a length or
chunks, connections that stay open) and nothing of what the bytes mean.
"""

import asyncio
import time
from dataclasses import dataclass

_HEAD_END = b"\r\n\r\n"


class BrokenAnswer(Exception):
    """The connection ended, or the bytes on it are no answer that is known here."""


@dataclass(frozen=True)
class Answer:
    """One answer; times are of `time.perf_counter()`, in seconds.

    Attributes:
        first_at: when the first byte of the body came; of an empty body, when its head did.
        done_at: when its last byte came.
    """

    status: int
    body: bytes
    first_at: float
    done_at: float


class Connection(asyncio.Protocol):
    """One connection that is kept open; one exchange at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._reader = _Reader()
        self._waiting: asyncio.Future[Answer] | None = None

    @classmethod
    async def open(cls, host: str, port: int) -> "Connection":
        """Connect. Raises `OSError`."""
        _, connection = await asyncio.get_running_loop().create_connection(cls, host, port)
        return connection

    @property
    def is_open(self) -> bool:
        """Whether another exchange can be made."""
        return self._transport is not None and not self._transport.is_closing()

    async def exchange(self, request: bytes) -> Answer:
        """Send a whole request and wait for the whole answer. Raises `BrokenAnswer`."""
        if self._transport is None or not self.is_open:
            raise BrokenAnswer("the connection is closed; open another one")
        self._reader = _Reader()
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        """Close it; an exchange under way is broken."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - asyncio's own promise
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Read on; wake whoever waits when the answer is whole."""
        waiting = self._waiting
        if waiting is None or waiting.done():
            self.close()  # bytes that nobody asked for
            return
        try:
            answer = self._reader.feed(data, time.perf_counter())
        except (BrokenAnswer, ValueError) as error:
            waiting.set_exception(BrokenAnswer(f"no answer that is known here: {error}"))
            self.close()
            return
        if answer is not None:
            self._waiting = None
            waiting.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        del exc
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(BrokenAnswer("the connection ended before the answer did"))


class _Reader:
    """One answer, as its bytes come in."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._body: list[bytes] = []
        self._status = 0
        self._left: int | None = None
        self._is_chunked = False
        self._first_at: float | None = None

    def feed(self, data: bytes, now: float) -> Answer | None:
        """Take bytes that came at `now`; the answer once it is whole. Raises `BrokenAnswer`."""
        self._data += data
        if self._status == 0 and not self._read_head():
            return None
        if self._first_at is None and self._data:
            self._first_at = now
        done = self._read_chunks() if self._is_chunked else self._read_rest()
        if not done:
            return None
        return Answer(self._status, b"".join(self._body), self._first_at or now, now)

    def _read_head(self) -> bool:
        head, end, rest = bytes(self._data).partition(_HEAD_END)
        if not end:
            return False
        first, *lines = head.split(b"\r\n")
        fields = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(b":") for line in lines)
        }
        self._status = int(first.split(b" ", 2)[1])
        self._is_chunked = fields.get(b"transfer-encoding") == b"chunked"
        if not self._is_chunked:
            if b"content-length" not in fields:
                raise BrokenAnswer("it has neither a length nor chunks")
            self._left = int(fields[b"content-length"])
        self._data = bytearray(rest)
        return True

    def _read_rest(self) -> bool:
        if self._left is None or len(self._data) < self._left:
            return False
        self._body.append(bytes(self._data))
        return True

    def _read_chunks(self) -> bool:
        while (line_end := self._data.find(b"\r\n")) >= 0:
            size = int(self._data[:line_end].split(b";")[0], 16)
            end = line_end + 2 + size
            if len(self._data) < end + 2:
                return False
            if size == 0:
                return True
            self._body.append(bytes(self._data[line_end + 2 : end]))
            del self._data[: end + 2]
        return False
