"""A job as callers see it, in answers and in webhooks."""

import re
from typing import Annotated, Literal

from pydantic import Field

from uas_schema.strict import Strict
from uas_server.errors import ApiError, ErrorDetail
from uas_server.jobs.record import JobRecord, Status
from uas_server.service.envelope import Seconds

_CURSOR = re.compile(r"(?P<created_ms>[0-9]{1,15})-(?P<id>[0-9a-f]{32})")


class JobInfo(Strict):
    """One job. Times are whole seconds since the epoch; `error` says why it failed.

    `progress` is the share of the audio whose windows are done. After `expires_at` the job, and its
    result with it, is deleted.
    """

    id: str
    object: Literal["job"] = "job"
    status: Status
    progress: Annotated[float, Field(ge=0.0, le=1.0)]
    audio_s: Seconds
    created_at: int
    started_at: int | None
    ended_at: int | None
    expires_at: int | None
    webhook_url: str | None
    error: ErrorDetail | None

    @classmethod
    def of(cls, job: JobRecord) -> "JobInfo":
        """The job as it is in the database."""
        return cls(
            id=job.id,
            status=job.status,
            progress=_progress(job),
            audio_s=round(job.audio_s, 3),
            created_at=job.created_ms // 1_000,
            started_at=_seconds(job.started_ms),
            ended_at=_seconds(job.ended_ms),
            expires_at=_seconds(job.purge_ms),
            webhook_url=job.webhook_url,
            error=_error(job),
        )


class JobList(Strict):
    """Jobs, newest first. With `next_cursor` as `cursor` the list goes on; null is its end."""

    object: Literal["list"] = "list"
    data: tuple[JobInfo, ...]
    next_cursor: str | None


def cursor_of(job: JobRecord) -> str:
    """The cursor behind a job."""
    return f"{job.created_ms}-{job.id}"


def read_cursor(text: str) -> tuple[int, str]:
    """Creation time and id that a cursor stands for. Raises `ApiError` invalid_parameter."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        message = "cursor: not one of ours. Send next_cursor as it was, or leave cursor out."
        raise ApiError("invalid_parameter", message, param="cursor")
    return int(found["created_ms"]), found["id"]


def _progress(job: JobRecord) -> float:
    if job.status == "succeeded":
        return 1.0
    return round(min(1.0, job.done_s / job.audio_s), 4) if job.audio_s else 0.0


def _seconds(at_ms: int | None) -> int | None:
    return None if at_ms is None else at_ms // 1_000


def _error(job: JobRecord) -> ErrorDetail | None:
    if job.error_code is None:
        return None
    error = ApiError(job.error_code, job.error_message or "", param=job.error_param)
    return error.body(job.request_id).error
