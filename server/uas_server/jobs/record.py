"""A job as the database has it, and what is kept of a finished window."""

from dataclasses import dataclass
from typing import Literal

from uas_model.draft import DraftWord
from uas_schema.document import UasDocument
from uas_schema.strict import Strict
from uas_server.service.envelope import Confidence, Seconds, TimedEvent
from uas_server.service.join import Part, PlanResult
from uas_signal.activity import Span

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]
STATUSES: tuple[Status, ...] = ("queued", "running", "succeeded", "failed", "cancelled")
ENDED: tuple[Status, ...] = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class NewJob:
    """What is known of a job when it is submitted; the fields are those of `tables.jobs`."""

    id: str
    owner: str
    request_id: str
    key_digest: str | None
    request_digest: str
    max_tokens: int
    words: bool
    webhook_url: str | None
    audio_bytes: int
    audio_s: float


@dataclass(frozen=True)
class JobRecord:
    """A job without its result; the fields are those of `tables.jobs`."""

    id: str
    owner: str
    status: Status
    request_id: str
    request_digest: str
    max_tokens: int
    words: bool
    webhook_url: str | None
    audio_bytes: int
    audio_s: float
    done_s: float
    created_ms: int
    started_ms: int | None
    ended_ms: int | None
    purge_ms: int | None
    error_code: str | None
    error_message: str | None
    error_param: str | None

    @property
    def has_ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in ENDED


@dataclass(frozen=True)
class Failure:
    """Why a job failed: an error of the API, as `errors.api_error_of` gives it."""

    code: str
    message: str
    param: str | None


class WindowRecord(Strict):
    """A finished window, as it is kept until the job ends: fields of `Part` and `PlanResult`."""

    start_s: Seconds
    end_s: Seconds
    speech_s: Seconds
    document: UasDocument
    confidence: Confidence
    incomplete: tuple[str, ...]
    tokens: dict[str, int]
    spent_s: dict[str, float]
    words: tuple[DraftWord, ...] | None = None
    events: tuple[TimedEvent, ...] | None = None

    @classmethod
    def of(cls, part: Part) -> "WindowRecord":
        """What is kept of a part; its failures are counted when it is made."""
        result = part.result
        return cls(
            start_s=part.span.start_s,
            end_s=part.span.end_s,
            speech_s=part.speech_s,
            document=result.document,
            confidence=result.confidence,
            incomplete=result.incomplete,
            tokens=dict(result.tokens),
            spent_s=dict(result.spent_s),
            words=result.words,
            events=part.events,
        )

    def part(self) -> Part:
        """The part that this was made of."""
        result = PlanResult(
            document=self.document,
            confidence=self.confidence,
            incomplete=self.incomplete,
            tokens=self.tokens,
            spent_s=self.spent_s,
            words=self.words,
        )
        return Part(Span(self.start_s, self.end_s), self.speech_s, result, self.events)
