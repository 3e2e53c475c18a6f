"""Answers every request with the same bytes at once: `python -m load.null_server PORT BYTES`.

What a client measures against it is its own time and the system's, the floor under every figure.
"""

import asyncio
import sys

_HEAD_END = b"\r\n\r\n"


class NullProtocol(asyncio.Protocol):
    """Waits for whole requests that say their length."""

    answer = b""

    def __init__(self) -> None:
        self._data = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - asyncio's own promise
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer what has come whole."""
        self._data += data
        head_end = self._data.find(_HEAD_END)
        if head_end < 0 or self._transport is None:
            return
        end = head_end + len(_HEAD_END) + _length(bytes(self._data[:head_end]))
        if len(self._data) >= end:
            del self._data[:end]
            self._transport.write(self.answer)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


async def serve(port: int, size: int) -> None:
    """Serve on loopback until cancelled, with bodies of `size` bytes."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode()
    protocol = type("Protocol", (NullProtocol,), {"answer": head + b"x" * size})
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
