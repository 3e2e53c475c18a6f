"""A client that sends its headers and waits to be told to send the body (`Expect: 100-continue`).

The server says so when it begins to read the body; a request that is turned away gets its answer
instead.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bad_http import AUDIO, post

_HEAD_END = b"\r\n\r\n"


@dataclass
class WaitingClient:
    """One request; `head` is the first that it was answered."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: bytes

    @property
    def is_let_in(self) -> bool:
        """Whether the server waits for the body."""
        return self.head.startswith(b"HTTP/1.1 100 ")

    def send(self, body: bytes) -> None:
        """Send the body, or a part of it."""
        self.writer.write(body)

    async def status(self) -> int:
        """Status of the answer to the body."""
        return int((await self.reader.readuntil(_HEAD_END)).split()[1])


@asynccontextmanager
async def waiting_clients(
    port: int, count: int, body_bytes: int
) -> AsyncIterator[list[WaitingClient]]:
    """So many clients at once, each with the answer to its headers."""
    headers = f"{AUDIO}Content-Length: {body_bytes}\r\nExpect: 100-continue\r\n"

    async def ask() -> WaitingClient:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(post(headers))
        return WaitingClient(reader, writer, await reader.readuntil(_HEAD_END))

    clients = await asyncio.gather(*(ask() for _ in range(count)))
    try:
        yield clients
    finally:
        for client in clients:
            client.writer.transport.abort()
