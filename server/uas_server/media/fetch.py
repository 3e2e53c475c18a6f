"""Fetches a clip from a URL that a caller names, within limits. Off unless a setting turns it on.

What a caller learns is the same whether a host is down, refuses, or answers with something else:
the server is no instrument to look around with. Nothing here decodes: a compressed body stays as it
is, and the sniffing of uploads refuses it.
"""

import asyncio
import ssl
import time
from typing import Protocol

import httpcore
import httpx

from uas_server.errors import ApiError
from uas_server.media.limits import FetchLimits
from uas_server.media.network import AddressRefused, PublicNetwork

MOST_REDIRECTS = 3
MOST_URL_CHARS = 2048
_PORTS = {"https": 443, "http": 80}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = [("Accept", "audio/*"), ("Accept-Encoding", "identity"), ("Connection", "close")]


class Fetcher(Protocol):
    """Fetches clips."""

    async def fetch(self, url: str, deadline: float) -> bytes:
        """Bytes behind a URL; `deadline` is on the clock of `time.monotonic`.

        Raises `ApiError` url_not_allowed, body_too_large, fetch_failed.
        """
        ...


class NoFetcher:
    """Fetches nothing: the default."""

    async def fetch(self, url: str, deadline: float) -> bytes:
        """Refuse."""
        del url, deadline
        raise _not_allowed(
            "This server fetches no URLs: the setting fetch_urls is off. Send the clip itself."
        )


class HttpFetcher:
    """Fetches over https through a network of public addresses."""

    def __init__(
        self, limits: FetchLimits, network: PublicNetwork, trust: ssl.SSLContext | None = None
    ) -> None:
        self._limits = limits
        self._network = network
        self._trust = trust or ssl.create_default_context()

    async def fetch(self, url: str, deadline: float) -> bytes:
        """Follow a URL to its body."""
        left_s = min(self._limits.most_s, deadline - time.monotonic())
        try:
            async with asyncio.timeout(left_s):
                return await self._follow(url)
        except AddressRefused:
            raise _not_allowed("The host of the URL has no public address.") from None
        except (TimeoutError, OSError, *_HTTP_FAILURES):
            raise _failed() from None

    async def _follow(self, url: str) -> bytes:
        for _ in range(MOST_REDIRECTS + 1):
            target = self._checked(url)
            location, body = await self._get(target)
            if location is None:
                return body
            url = str(target.join(location))
        raise _failed()

    def _checked(self, url: str) -> httpx.URL:
        """The URL, if it may be asked at all; called again for each redirect."""
        try:
            target = httpx.URL(url) if len(url) <= MOST_URL_CHARS else httpx.URL()
        except (httpx.InvalidURL, UnicodeError):
            target = httpx.URL()
        schemes = ("https", "http") if self._limits.plain_http else ("https",)
        if target.scheme not in schemes or not target.host:
            raise _not_allowed(f"The URL is none of {' or '.join(schemes)} with a host.")
        if target.userinfo or target.port not in (None, _PORTS[target.scheme]):
            raise _not_allowed("The URL has a user, a password or a port. Leave them out.")
        if self._limits.hosts and target.host not in self._limits.hosts:
            raise _not_allowed("The host of the URL is not among those that this server asks.")
        return target

    async def _get(self, target: httpx.URL) -> tuple[str | None, bytes]:
        """Where an answer leads to, or its body."""
        url = httpcore.URL(
            scheme=target.raw_scheme, host=target.raw_host, port=None, target=target.raw_path
        )
        headers = [("Host", target.netloc.decode("ascii")), *_HEADERS]
        async with (
            httpcore.AsyncConnectionPool(self._trust, network_backend=self._network) as pool,
            pool.stream("GET", url, headers=headers) as answer,
        ):
            given = {name.lower(): value for name, value in answer.headers}
            if answer.status in _REDIRECTS and b"location" in given:
                return given[b"location"].decode("latin-1"), b""
            if answer.status != 200:
                raise _failed()
            return None, await self._body(answer, given.get(b"content-length", b""))

    async def _body(self, answer: httpcore.Response, declared: bytes) -> bytes:
        if declared.isdigit() and int(declared[:18]) > self._limits.most_bytes:
            raise self._too_large()
        body = bytearray()
        async for piece in answer.aiter_stream():
            body += piece
            if len(body) > self._limits.most_bytes:
                raise self._too_large()
        return bytes(body)

    def _too_large(self) -> ApiError:
        message = f"What the URL leads to is over {self._limits.most_bytes} bytes. Cut it."
        return ApiError("body_too_large", message, param="url")


_HTTP_FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    httpx.InvalidURL,
)


def _not_allowed(message: str) -> ApiError:
    return ApiError("url_not_allowed", message, param="url")


def _failed() -> ApiError:
    message = "The URL did not lead to a clip in time. Check it, or send the clip as the part file."
    return ApiError("fetch_failed", message, param="url")
