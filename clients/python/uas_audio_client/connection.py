"""The generated client, set up so that errors are typed whatever is called through it."""

from collections.abc import Mapping

import httpx

from uas_audio_client.answers import raise_refused, raise_refused_async
from uas_audio_client.generated.client import AuthenticatedClient, Client

CONNECT_S = 10.0

GeneratedClient = AuthenticatedClient | Client


def sync_client(
    base_url: str, api_key: str | None, timeout_s: float, transport: httpx.BaseTransport | None
) -> GeneratedClient:
    """A client for calls that block."""
    httpx_args = {"event_hooks": {"response": [raise_refused]}, "transport": transport}
    return _client(base_url, api_key, timeout_s, httpx_args)


def async_client(
    base_url: str, api_key: str | None, timeout_s: float, transport: httpx.AsyncBaseTransport | None
) -> GeneratedClient:
    """A client for calls that are awaited."""
    httpx_args = {"event_hooks": {"response": [raise_refused_async]}, "transport": transport}
    return _client(base_url, api_key, timeout_s, httpx_args)


def _client(
    base_url: str, api_key: str | None, timeout_s: float, extra: Mapping[str, object]
) -> GeneratedClient:
    httpx_args = dict(extra)
    timeout = httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECT_S))
    if api_key is None:
        return Client(base_url=base_url, timeout=timeout, httpx_args=httpx_args)
    return AuthenticatedClient(
        base_url=base_url, token=api_key, timeout=timeout, httpx_args=httpx_args
    )
