"""Connections to public addresses only: a name is resolved once, and what was checked is dialled.

An httpcore network backend, so TLS, SNI and the Host header go on using the name. Nothing between
the check and the connection asks the name server again, which is what DNS rebinding needs.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import httpcore

from uas_server.media.address import is_public

_LOOKUPS = 8
"""Names looked up at the same time; in threads of their own, so that slow ones hold up nobody."""
_MOST_TRIED = 4


class AddressRefused(Exception):
    """A name has no address, or one that is not public."""


class Resolver(Protocol):
    """Looks names up."""

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Addresses of a name, as texts; none when it has none."""
        ...


class SystemResolver:
    """The resolver of the operating system."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Look a name up in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _look_up, host, port)


def _look_up(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(address[0]) for *_, address in found]


class PublicNetwork(httpcore.AsyncNetworkBackend):
    """Dials through `dial` what `resolve` found, when all of it is public."""

    def __init__(self, resolve: Resolver, dial: httpcore.AsyncNetworkBackend) -> None:
        self._resolve = resolve
        self._dial = dial

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers. Raises `AddressRefused`, httpcore's own."""
        addresses = await self._resolve(host, port)
        if not addresses or not all(map(is_public, addresses)):
            raise AddressRefused
        for address in addresses[:_MOST_TRIED]:
            with contextlib.suppress(httpcore.ConnectError):
                return await self._dial.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
        raise httpcore.ConnectError
