"""HTTP with limits and patience: bounded answers, doubled waits, errors that leak nothing.

What a server says in its body is never repeated in an error: it may hold a clip's text or a key.
"""

import time
from collections.abc import Callable

import httpx

from uas_pipeline.endpoint.config import EndpointConfig
from uas_pipeline.endpoint.cost import CostCounter
from uas_pipeline.errors import EndpointError, Rejected

_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_NOT_THIS_CLIP = frozenset({400, 413, 415, 422})
_OK = 200

Wait = Callable[[float], None]


class PatientClient:
    """Sends requests to one server until an answer comes or patience ends."""

    def __init__(
        self,
        config: EndpointConfig,
        costs: CostCounter,
        headers: dict[str, str],
        wait: Wait = time.sleep,
    ) -> None:
        self._config, self._costs, self._wait = config, costs, wait
        self._http = httpx.Client(headers=headers, timeout=config.timeout_s)

    def send(self, build: Callable[[], httpx.Request]) -> bytes:
        """Body of the answer to a request; ``build`` makes it anew for each attempt.

        Raises:
            Rejected: "endpoint_refused" when the server refuses this clip, "answer_too_long".
            EndpointError: the server cannot be reached, refuses the key or the model, or stays
                busy.
        """
        problem = ""
        for attempt in range(self._config.attempts):
            if attempt:
                self._costs.retry()
            try:
                response = self._http.send(build(), stream=True)
            except httpx.TransportError as error:
                problem, asked_s = f"cannot be reached ({type(error).__name__})", 0.0
            else:
                try:
                    if response.status_code == _OK:
                        return self._body(response)
                    self._refuse(response.status_code)
                    problem = f"answers with status {response.status_code}"
                    asked_s = _asked_wait_s(response)
                except httpx.TransportError as error:
                    problem, asked_s = f"breaks off ({type(error).__name__})", 0.0
                finally:
                    response.close()
            if attempt + 1 < self._config.attempts:
                self._wait(self._wait_s(attempt, asked_s))
        raise EndpointError(
            f"{self._config.base_url} {problem}, {self._config.attempts} times: start the server, "
            "or give it more time"
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def build_request(self, method: str, path: str, **content: object) -> httpx.Request:
        """A request to ``path`` under the base URL; ``content`` as in ``httpx.Client``."""
        url = self._config.base_url.rstrip("/") + path
        return self._http.build_request(method, url, **content)  # type: ignore[arg-type] # passed on

    def _refuse(self, status: int) -> None:
        """Raise for what no second attempt can mend."""
        if status in _NOT_THIS_CLIP:
            message = f"the model server refuses the clip with status {status}"
            raise Rejected("endpoint_refused", message, {"status": float(status)})
        if status not in _PASSING:
            key = self._config.key_variable or "no variable"
            raise EndpointError(
                f"{self._config.base_url} answers with status {status}: check base_url, model "
                f"{self._config.model!r} and the key in {key}"
            )

    def _body(self, response: httpx.Response) -> bytes:
        parts, size = [], 0
        for part in response.iter_bytes():
            size += len(part)
            if size > self._config.max_answer_bytes:
                message = f"the answer has over {self._config.max_answer_bytes} bytes"
                raise Rejected("answer_too_long", message)
            parts.append(part)
        return b"".join(parts)

    def _wait_s(self, attempt: int, asked_s: float) -> float:
        doubled_s = self._config.first_wait_s * 2**attempt
        return float(min(max(doubled_s, asked_s), self._config.longest_wait_s))


def _asked_wait_s(response: httpx.Response) -> float:
    """Seconds of the Retry-After header, 0 without one or when it is a date."""
    try:
        return max(0.0, float(response.headers.get("retry-after", "")))
    except ValueError:
        return 0.0
