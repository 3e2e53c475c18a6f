from __future__ import annotations

from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

from ..models.job_info_status import JobInfoStatus, check_job_info_status
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.error_detail import ErrorDetail


T = TypeVar("T", bound="JobInfo")


@_attrs_define
class JobInfo:
    """One job. Times are whole seconds since the epoch; `error` says why it failed.

    `progress` is the share of the audio whose windows are done. After `expires_at` the job, and its
    result with it, is deleted.

        Attributes:
            id (str):
            status (JobInfoStatus):
            progress (float):
            audio_s (float):
            created_at (int):
            started_at (int | None):
            ended_at (int | None):
            expires_at (int | None):
            webhook_url (None | str):
            error (ErrorDetail | None):
            object_ (Literal['job'] | Unset):  Default: 'job'.
    """

    id: str
    status: JobInfoStatus
    progress: float
    audio_s: float
    created_at: int
    started_at: int | None
    ended_at: int | None
    expires_at: int | None
    webhook_url: None | str
    error: ErrorDetail | None
    object_: Literal["job"] | Unset = "job"

    def to_dict(self) -> dict[str, Any]:
        from ..models.error_detail import ErrorDetail  # noqa: PLC0415

        id = self.id

        status: str = self.status

        progress = self.progress

        audio_s = self.audio_s

        created_at = self.created_at

        started_at: int | None
        started_at = self.started_at

        ended_at: int | None
        ended_at = self.ended_at

        expires_at: int | None
        expires_at = self.expires_at

        webhook_url: None | str
        webhook_url = self.webhook_url

        error: dict[str, Any] | None
        if isinstance(self.error, ErrorDetail):
            error = self.error.to_dict()
        else:
            error = self.error

        object_ = self.object_

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "status": status,
                "progress": progress,
                "audio_s": audio_s,
                "created_at": created_at,
                "started_at": started_at,
                "ended_at": ended_at,
                "expires_at": expires_at,
                "webhook_url": webhook_url,
                "error": error,
            }
        )
        if object_ is not UNSET:
            field_dict["object"] = object_

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.error_detail import ErrorDetail  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        status = check_job_info_status(d.pop("status"))

        progress = d.pop("progress")

        audio_s = d.pop("audio_s")

        created_at = d.pop("created_at")

        def _parse_started_at(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        started_at = _parse_started_at(d.pop("started_at"))

        def _parse_ended_at(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        ended_at = _parse_ended_at(d.pop("ended_at"))

        def _parse_expires_at(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        expires_at = _parse_expires_at(d.pop("expires_at"))

        def _parse_webhook_url(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        webhook_url = _parse_webhook_url(d.pop("webhook_url"))

        def _parse_error(data: object) -> ErrorDetail | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                error_type_0 = ErrorDetail.from_dict(data)

                return error_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ErrorDetail | None, data)

        error = _parse_error(d.pop("error"))

        object_ = cast(Literal["job"] | Unset, d.pop("object", UNSET))
        if object_ != "job" and not isinstance(object_, Unset):
            raise ValueError(f"object must match const 'job', got '{object_}'")

        job_info = cls(
            id=id,
            status=status,
            progress=progress,
            audio_s=audio_s,
            created_at=created_at,
            started_at=started_at,
            ended_at=ended_at,
            expires_at=expires_at,
            webhook_url=webhook_url,
            error=error,
            object_=object_,
        )

        return job_info
