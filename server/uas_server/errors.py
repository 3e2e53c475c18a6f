"""The only place that knows which HTTP status a failure has, and the one shape all errors take.

    ApiError                    what is sent: status, code, message, param, headers
    ├── raised by routes, middleware and services for what a caller did wrong
    └── made by `api_error_of` from
        ├── uas_signal.errors.SignalError      what is wrong with the audio
        ├── uas_server.engine.errors.EngineError
        ├── uas_server.jobs.errors.JobsError
        ├── starlette's HTTPException          unknown path, wrong method
        └── anything else                      500, and nothing of its text leaves

`code` is stable and meant for programs. 4xx messages name the value and the fix.
"""

import math
from collections.abc import Mapping
from typing import Any, Literal

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from uas_schema.strict import Strict
from uas_server.engine import errors as engine_errors
from uas_server.jobs import errors as jobs_errors
from uas_signal.errors import SignalError

ErrorType = Literal[
    "invalid_request_error",
    "authentication_error",
    "permission_error",
    "rate_limit_error",
    "server_full_error",
    "server_error",
]


class ErrorDetail(Strict):
    """What went wrong."""

    message: str
    type: ErrorType
    param: str | None
    code: str
    request_id: str


class ErrorBody(Strict):
    """The body of every answer that is not a success."""

    error: ErrorDetail


class ApiError(Exception):
    """A failure that is ready to be sent.

    Attributes:
        status: HTTP status.
        code: stable name, a key of `CODES`.
        param: the parameter that is at fault, when there is one.
        headers: to be sent along, such as Retry-After.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = CODES[code]
        self.code = code
        self.message = message
        self.param = param
        self.headers = dict(headers or {})

    @property
    def type(self) -> ErrorType:
        """Family of the failure, as OpenAI's clients know them."""
        if self.status in _TYPES:
            return _TYPES[self.status]
        if self.status == 503:
            return "server_full_error" if self.code == "server_full" else "server_error"
        return "server_error" if self.status >= 500 else "invalid_request_error"

    def body(self, request_id: str) -> ErrorBody:
        """The error in its one shape."""
        return ErrorBody(
            error=ErrorDetail(
                message=self.message,
                type=self.type,
                param=self.param,
                code=self.code,
                request_id=request_id,
            )
        )

    def response(self, request_id: str) -> JSONResponse:
        """The error as an ASGI response."""
        content = self.body(request_id).model_dump(mode="json")
        return JSONResponse(content, self.status, headers=self.headers)


CODES: dict[str, int] = {
    "invalid_request": 400,
    "invalid_parameter": 400,
    "missing_parameter": 400,
    "unknown_parameter": 400,
    "repeated_parameter": 400,
    "unsupported_parameter": 400,
    "invalid_body": 400,
    "invalid_audio": 400,
    "invalid_host": 400,
    "invalid_message": 400,
    "invalid_schema": 400,
    "unsupported_schema_keyword": 400,
    "schema_too_large": 400,
    "url_not_allowed": 400,
    "context_too_long": 400,
    "invalid_api_key": 401,
    "insufficient_scope": 403,
    "invalid_origin": 403,
    "not_found": 404,
    "model_not_found": 404,
    "session_not_found": 404,
    "method_not_allowed": 405,
    "body_timeout": 408,
    "idle_timeout": 408,
    "session_taken_over": 409,
    "idempotency_conflict": 409,
    "job_has_no_result": 409,
    "body_too_large": 413,
    "audio_too_long": 413,
    "message_too_big": 413,
    "session_too_long": 413,
    "unsupported_media_type": 415,
    "answer_incomplete": 422,
    "audio_too_short": 422,
    "bad_audio": 422,
    "decoder_failed": 422,
    "empty_audio": 422,
    "fetch_failed": 422,
    "non_finite_audio": 422,
    "too_many_channels": 422,
    "unsupported_language": 422,
    "unsupported_sample_rate": 422,
    "too_many_sessions": 429,
    "too_slow": 429,
    "upgrade_required": 426,
    "concurrency_limited": 429,
    "rate_limited": 429,
    "internal_error": 500,
    "engine_unavailable": 503,
    "lagging_too_far": 503,
    "server_full": 503,
    "server_stopping": 503,
    "storage_unavailable": 503,
    "deadline_exceeded": 504,
    "storage_full": 507,
}
"""Status of every code there is."""

_TYPES: dict[int, ErrorType] = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}

ENGINE_RETRY_S = 5
"""A local engine is back in about this many seconds."""


def api_error_of(error: Exception) -> ApiError:
    """What to send for an exception; unknown ones become a plain 500."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, SignalError):
        return ApiError(error.code, str(error), param="file")
    if isinstance(error, engine_errors.EngineError):
        return _of_engine(error)
    if isinstance(error, jobs_errors.JobsError):
        return _of_jobs(error)
    if isinstance(error, HTTPException):
        return _of_http(error)
    return ApiError(
        "internal_error", "The server failed. Try again; if it stays, report the request id."
    )


def _of_engine(error: engine_errors.EngineError) -> ApiError:
    if isinstance(error, engine_errors.DeadlineExceeded):
        return deadline_exceeded()
    if isinstance(error, engine_errors.ContextTooLong):
        return ApiError("context_too_long", str(error), param="max_tokens")
    if isinstance(error, engine_errors.InvalidConstraint):
        return ApiError("schema_too_large", str(error), param="schema")
    if isinstance(error, engine_errors.EngineBusy):
        return ApiError("server_full", "The model is busy. Try later.", headers=retry_after(1))
    return _of_engine_fault(error)


def _of_engine_fault(error: engine_errors.EngineError) -> ApiError:
    """What is wrong with the engine, not with the request."""
    if isinstance(error, engine_errors.EngineDead):
        return engine_unavailable()
    if isinstance(error, engine_errors.NoLegalAnswer):
        message = "The model gave no answer of the form that was asked for. Try again."
        return ApiError("engine_unavailable", message, headers=retry_after(1))
    return ApiError("internal_error", "The model cannot answer this kind of request.")


def _of_jobs(error: jobs_errors.JobsError) -> ApiError:
    if isinstance(error, jobs_errors.IdempotencyConflict):
        return ApiError("idempotency_conflict", str(error), param="Idempotency-Key")
    if isinstance(error, jobs_errors.StorageFull):
        message = "The server cannot store any more. Try again later, or tell its operator."
        return ApiError("storage_full", message)
    if isinstance(error, jobs_errors.StorageDown):
        message = "The server's database does not answer. Try again in a few seconds."
        return ApiError("storage_unavailable", message, headers=retry_after(ENGINE_RETRY_S))
    return ApiError("internal_error", "The server failed over this job. Send it again.")


def _of_http(error: HTTPException) -> ApiError:
    if error.status_code == 404:
        return not_found()
    if error.status_code == 405:
        return ApiError(
            "method_not_allowed",
            "This path does not take this method. See the Allow header.",
            headers=error.headers,
        )
    return ApiError("invalid_request", "The request cannot be read. Check it against the API.")


def not_found() -> ApiError:
    """Nothing has this path."""
    return ApiError("not_found", "There is nothing at this path. See GET /openapi.json.")


def deadline_exceeded() -> ApiError:
    """The answer took longer than a request may."""
    return ApiError("deadline_exceeded", "Time ran out before the answer. Send less audio.")


def engine_unavailable() -> ApiError:
    """The model is not running at the moment."""
    message = "The model is starting or restarting. Try again in a few seconds."
    return ApiError("engine_unavailable", message, headers=retry_after(ENGINE_RETRY_S))


def server_stopping() -> ApiError:
    """The server was told to stop, and its time to finish is over."""
    message = "The server stops before the answer is done. Try again in a few seconds."
    return ApiError("server_stopping", message, headers=retry_after(ENGINE_RETRY_S))


def retry_after(seconds: float) -> dict[str, str]:
    """Header that says when to try again; whole seconds, at least one."""
    return {"Retry-After": str(max(1, math.ceil(seconds)))}


def error_responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for these codes, one per status, each naming its codes."""
    statuses: dict[int | str, list[str]] = {}
    for code in codes:
        statuses.setdefault(CODES[code], []).append(code)
    return {
        status: {
            "model": ErrorBody,
            "description": "Error with code " + ", ".join(f"`{name}`" for name in names) + ".",
        }
        for status, names in sorted(statuses.items(), key=lambda item: int(item[0]))
    }


EVERYWHERE = (
    *("invalid_host", "invalid_request", "invalid_api_key", "insufficient_scope"),
    *("rate_limited", "concurrency_limited", "internal_error"),
)
"""Codes that any operation may answer with."""
