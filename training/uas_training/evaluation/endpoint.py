"""A server that is asked over HTTP: its key, how long to wait, what is tried again.

Errors hold a status or the kind of failure, nothing of what was sent or answered.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from uas_training.config import ConfigError

KEY_VARIABLE = "UAS_API_KEY"

_TIMEOUT_S = 600.0
_TRIES = 5
_BUSY = frozenset({429, 502, 503, 504})
_LONGEST_WAIT_S = 60.0

Sleep = Callable[[float], None]


class AnswerFailed(Exception):
    """No answer to one question; the message is short and holds nothing of the question."""


def open_client(url: str) -> httpx.Client:
    """A client of the server at ``url``, with the key of ``UAS_API_KEY`` if that is set.

    Raises ``ConfigError`` when ``url`` is no address.
    """
    key = os.environ.get(KEY_VARIABLE)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        client = httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT_S)
    except httpx.InvalidURL as error:
        raise _no_address(url) from error
    if client.base_url.scheme not in {"http", "https"} or not client.base_url.host:
        client.close()
        raise _no_address(url)
    return client


def post(
    client: httpx.Client, path: str, sleep: Sleep = time.sleep, **request: Any
) -> Mapping[str, Any]:
    """JSON that the server answers; what says that it is busy is tried again.

    Raises ``AnswerFailed`` with the status or the kind of failure, nothing of the body.
    """
    for tried in range(1, _TRIES + 1):
        try:
            response = client.post(path, **request)
        except httpx.HTTPError as error:
            reason, wait_s = type(error).__name__, 2.0**tried
        else:
            if response.is_success:
                return _object(response)
            reason, wait_s = f"HTTP {response.status_code}", _wait_s(response, tried)
            if response.status_code not in _BUSY:
                break
        if tried < _TRIES:
            sleep(wait_s)
    raise AnswerFailed(reason)


def chat(
    client: httpx.Client,
    model: str,
    content: str | Sequence[Mapping[str, Any]],
    *,
    max_tokens: int,
    sleep: Sleep = time.sleep,
) -> str:
    """What a model of an endpoint with ``chat/completions`` replies to one turn, undrawn.

    Args:
        client: whose base URL ends before ``chat/completions``.
        model: that the endpoint is to run.
        content: of the turn: a text, or parts.
        max_tokens: of the reply.
        sleep: waits before another try.

    Raises:
        AnswerFailed: there is no reply.
    """
    body = post(
        client,
        "chat/completions",
        sleep,
        json={
            "model": model,
            "messages": [{"role": "user", "content": content}],
            "max_tokens": max_tokens,
            "temperature": 0,
        },
    )
    try:
        said = body["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        said = None
    if not isinstance(said, str):
        raise AnswerFailed("the endpoint's JSON has no text")
    return said.encode("utf-8", "replace").decode("utf-8")  # half a pair of "\\ud83d" is no text


def _no_address(url: str) -> ConfigError:
    return ConfigError(f"{url!r} is no address; give one such as http://127.0.0.1:8000")


def _object(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise AnswerFailed("the answer is no JSON object")
    return body


def _wait_s(response: httpx.Response, tried: int) -> float:
    """Seconds to wait: what the server says, within bounds, or longer each time."""
    said = response.headers.get("retry-after", "")
    return min(float(said), _LONGEST_WAIT_S) if said.isascii() and said.isdigit() else 2.0**tried
