"""What can go wrong, as one tree.

    UasError
    ├── ApiError            the server refused or failed: status, code, param, request_id
    ├── UnexpectedAnswer    what came is not what openapi.yaml describes
    ├── StreamCut           events ended before the last one
    ├── SessionCut          a live session's connection broke: point, close_code
    ├── JobFailed           a job has no result: job
    └── JobUnfinished       a job did not end in time: job

Before there is an answer, failures of the connection are httpx's: `httpx.TransportError`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from uas_audio_client.generated.models import ErrorBody, ErrorDetail, JobInfo


class UasError(Exception):
    """Root of this package's errors."""


class ApiError(UasError):
    """The server refused or failed.

    Attributes:
        status: HTTP status; None for an event of a stream that had begun.
        code: stable name of what is wrong, for programs; None when something in between answered.
        type: family of the failure.
        param: the parameter that is at fault, when there is one.
        request_id: what the server's log calls the request.
        retry_after_s: seconds after which to try again, when the server said so.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        type: str | None = None,  # noqa: A002 - its name in the error body
        param: str | None = None,
        request_id: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.type = type
        self.param = param
        self.request_id = request_id
        self.retry_after_s = retry_after_s


class UnexpectedAnswer(UasError):
    """What came is not what openapi.yaml describes: another server, or another version."""


class StreamCut(UasError):
    """The events ended, or the connection broke, before the last event."""


@dataclass(frozen=True)
class ResumePoint:
    """From where a live session can go on: `resume_token`, and the last event's number."""

    resume_token: str
    last_number: int


class SessionCut(UasError):
    """The connection of a live session ended before `done`. Open another one with `point`."""

    def __init__(self, point: ResumePoint, close_code: int | None) -> None:
        super().__init__(f"the connection ended with code {close_code}; go on with point")
        self.point = point
        self.close_code = close_code


class JobFailed(UasError):
    """The job failed or was cancelled; `job.error` says why one failed."""

    def __init__(self, job: JobInfo) -> None:
        reason = f"job {job.id} was cancelled" if job.error is None else job.error.message
        super().__init__(reason)
        self.job = job


class JobUnfinished(UasError):
    """The job has not ended in the time that was given; it goes on. `job` is how far it was."""

    def __init__(self, job: JobInfo) -> None:
        super().__init__(f"job {job.id} is {job.status}, {job.progress:.0%} done; it goes on")
        self.job = job


def api_error(
    detail: ErrorDetail, status: int | None = None, retry_after_s: float | None = None
) -> ApiError:
    """The error that a detail describes."""
    return ApiError(
        detail.message,
        status=status,
        code=detail.code,
        type=detail.type_,
        param=detail.param,
        request_id=detail.request_id,
        retry_after_s=retry_after_s,
    )


def refused(status: int, headers: Mapping[str, str], body: object) -> ApiError:
    """The error of an answer that is not a success; `body` is its JSON, or None."""
    wait = headers.get("Retry-After", "")
    retry_after_s = float(wait) if wait.isascii() and wait.isdigit() else None
    try:
        detail = ErrorBody.from_dict(body).error  # type: ignore[arg-type] # anything may come
    except (AttributeError, KeyError, TypeError, ValueError):
        return ApiError(
            f"HTTP status {status}, without an error body of uas-audio",
            status=status,
            request_id=headers.get("X-Request-Id"),
            retry_after_s=retry_after_s,
        )
    return api_error(detail, status, retry_after_s)
