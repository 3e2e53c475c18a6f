from typing import Literal

JobInfoStatus = Literal["cancelled", "failed", "queued", "running", "succeeded"]

JOB_INFO_STATUS_VALUES: set[JobInfoStatus] = {
    "cancelled",
    "failed",
    "queued",
    "running",
    "succeeded",
}


def check_job_info_status(value: str) -> JobInfoStatus:
    if value in JOB_INFO_STATUS_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {JOB_INFO_STATUS_VALUES!r}"
    )
