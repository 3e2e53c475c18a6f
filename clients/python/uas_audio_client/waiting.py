"""How a job is waited for: longer and longer pauses between questions, up to a bound."""

from collections.abc import Iterator

from uas_audio_client.errors import JobFailed
from uas_audio_client.generated.models import JobInfo

_FIRST_S = 0.5
_LONGEST_S = 15.0
_GROWTH = 1.5


def pauses_s(within_s: float) -> Iterator[float]:
    """Seconds between two questions: 0.5, then half as much more, at most 15; `within_s` in all."""
    pause_s, left_s = _FIRST_S, within_s
    while left_s > 0:
        yield min(pause_s, left_s)
        left_s -= pause_s
        pause_s = min(pause_s * _GROWTH, _LONGEST_S)


def has_succeeded(job: JobInfo) -> bool:
    """Whether there is a result. Raises `JobFailed` when there will never be one."""
    if job.status in {"failed", "cancelled"}:
        raise JobFailed(job)
    return job.status == "succeeded"
