"""Sends one webhook over HTTP, to an address that was looked at first and to no other.

The name is resolved once; the connection goes to the very address that was checked, with the name
in the Host header and in TLS. No redirect is followed, no proxy of the environment is used, and of
the answer only the status is read.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import httpx

from uas_server.media.address import is_public

CheckAddress = Callable[[str, int], Awaitable[str]]
"""Host and port to the address that may be connected to. Raises `AddressRefused`, `OSError`."""


class AddressRefused(Exception):
    """The host has an address that must not be reached from here."""


class PostFailed(Exception):
    """There was no answer."""


class Poster(Protocol):
    """Sends a body to a URL."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Status of the answer. Raises `AddressRefused`, `PostFailed`."""
        ...


class HttpxPoster:
    """The real one. `transport` is httpx's, for tests."""

    def __init__(
        self,
        check: CheckAddress,
        timeout_s: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._check = check
        self._timeout_s = timeout_s
        self._transport = transport

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Status of the answer. Raises `AddressRefused`, `PostFailed`."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._post(httpx.URL(url), body, headers)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:  # TimeoutError among them
            raise PostFailed(type(error).__name__) from None

    async def _post(self, url: httpx.URL, body: bytes, headers: Mapping[str, str]) -> int:
        port = url.port or (443 if url.scheme == "https" else 80)
        address = await self._check(url.host, port)
        async with httpx.AsyncClient(
            transport=self._transport,
            trust_env=False,
            follow_redirects=False,
            timeout=self._timeout_s,
        ) as client:
            request = client.build_request(
                "POST",
                url.copy_with(host=address),
                content=body,
                headers={**headers, "Host": url.netloc.decode("ascii")},
                extensions={"sni_hostname": url.host},
            )
            answer = await client.send(request, stream=True)
            await answer.aclose()
            return answer.status_code


async def any_address(host: str, port: int) -> str:
    """The first address of a host, whatever it is."""
    return (await _addresses(host, port))[0]


async def public_address(host: str, port: int) -> str:
    """The first address of a host that has public ones only."""
    addresses = await _addresses(host, port)
    if not all(map(is_public, addresses)):
        raise AddressRefused("the host has an address that is not public")
    return addresses[0]


async def _addresses(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]
