"""What goes over a live connection: the client's JSON messages, the server's events.

Audio goes as binary messages. An event's `data` is what the server-sent event of the same name has
at POST /v1/uas; `segment` says what it is about. Numbered events come in order without gaps, and
are given again after a reconnection; `asyncapi.yaml` is made of these models.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError, ValidationInfo, field_validator

from uas_schema.strict import Strict
from uas_server.errors import ApiError, ErrorBody
from uas_server.service.envelope import (
    Count,
    DeltaPayload,
    FieldPayload,
    Seconds,
    UasEnvelope,
)
from uas_server.service.json_errors import refused
from uas_signal.opus import RATE_HZ as OPUS_RATE_HZ

_PCM_RATE_HZ = 16_000  # where a client names none

Number = Annotated[int, Field(ge=1, description="Place among the numbered events; 1 is first.")]


class Start(Strict):
    """First message of a new session: what the audio is, and what is asked for."""

    type: Literal["start"]
    encoding: Literal["pcm16", "opus", "webm", "ogg"] = Field(
        "pcm16",
        description="pcm16: whole samples, little-endian, mono. opus: one packet in each message, "
        "an empty one for a packet that was lost. webm, ogg: the bytes of such a stream of Opus.",
    )
    sample_rate_hz: int | None = Field(
        None, ge=8_000, le=48_000, description="Of pcm16, 16000 unless sent. Opus has 48000."
    )
    model: str | None = Field(None, description="Name of the served model; any other is refused.")
    max_tokens: int | None = Field(None, ge=1, le=4096, description="Budget per segment.")
    words: bool = Field(False, description="Give the words of each segment with their times.")

    @field_validator("sample_rate_hz")
    @classmethod
    def _fits_the_encoding(cls, value: int | None, info: ValidationInfo) -> int | None:
        is_pcm = info.data.get("encoding", "pcm16") == "pcm16"
        if not is_pcm and value not in {None, OPUS_RATE_HZ}:
            raise ValueError(f"Opus is counted at {OPUS_RATE_HZ} Hz; leave it out")
        return value

    @property
    def rate_hz(self) -> int:
        """The rate that samples are counted at, in this session's messages."""
        if self.encoding == "pcm16":
            return self.sample_rate_hz or _PCM_RATE_HZ
        return OPUS_RATE_HZ


class Resume(Strict):
    """First message of a connection that goes on with a session."""

    type: Literal["resume"]
    resume_token: str = Field(
        min_length=1, max_length=1024, description="From `ready` or `going_away`."
    )
    last_number: int = Field(ge=0, description="Number of the last event that arrived; 0 is none.")


class End(Strict):
    """There is no more audio: the last documents, `done`, then close code 1000."""

    type: Literal["end"]


class SegmentInfo(Strict):
    """A stretch of the stream; seconds from its start. `voice` has an utterance in it."""

    index: Count
    kind: Literal["voice", "sound"]
    start_s: Seconds
    end_s: Seconds


class Ready(Strict):
    """Data of `ready`. Audio goes on behind `acknowledged_samples`, which are the client's own.

    A stream of webm or ogg goes on behind `acknowledged_bytes`, which are those of the session's
    binary messages; after a `going_away` that is a new stream, from its first byte.
    """

    session: str
    model: str
    resume_token: str
    resume_within_s: Seconds
    acknowledged_samples: Count
    acknowledged_bytes: Count


class Acknowledged(Strict):
    """Data of `ack`, in samples of the client's, and in bytes of its binary messages.

    What is acknowledged is here, and not wanted again when the connection breaks. What is settled
    has its documents, and is not wanted by another server after this one, either.
    """

    acknowledged_samples: Count
    acknowledged_bytes: Count
    settled_samples: Count


class Lagging(Strict):
    """Data of `lagging`: audio that waits for its documents, and from where on none is read."""

    behind_s: Seconds
    limit_s: Seconds


class GoingAway(Strict):
    """Data of `going_away`: the server stops.

    The token is good for any server of this model: it goes on behind `settled_samples`, with the
    next segment and event. For opus that is where a packet began.
    """

    resume_token: str
    settled_samples: Count


class Done(Strict):
    """Data of `done`: everything that was sent has its document."""

    segments: Count
    audio_s: Seconds


class ReadyEvent(Strict):
    """The session is there; send audio."""

    event: Literal["ready"] = "ready"
    data: Ready


class AckEvent(Strict):
    """About once for every second of audio."""

    event: Literal["ack"] = "ack"
    data: Acknowledged


class SegmentEvent(Strict):
    """A segment has ended and waits for its document."""

    event: Literal["segment"] = "segment"
    number: Number
    segment: SegmentInfo


class FieldEvent(Strict):
    """One value of a segment's document is known."""

    event: Literal["field"] = "field"
    number: Number
    segment: SegmentInfo
    data: FieldPayload


class DeltaEvent(Strict):
    """The texts of a segment concatenate to its canonical document."""

    event: Literal["delta"] = "delta"
    number: Number
    segment: SegmentInfo
    data: DeltaPayload


class FinalEvent(Strict):
    """The answer for a segment; times inside it are from the segment's start."""

    event: Literal["final"] = "final"
    number: Number
    segment: SegmentInfo
    data: UasEnvelope


class LaggingEvent(Strict):
    """The model does not keep up."""

    event: Literal["lagging"] = "lagging"
    number: Number
    data: Lagging


class ErrorEvent(Strict):
    """With a segment: it has no document, and the session goes on. Without: it ends."""

    event: Literal["error"] = "error"
    number: Number | None = None
    segment: SegmentInfo | None = None
    data: ErrorBody


class GoingAwayEvent(Strict):
    """Last event before close code 1001."""

    event: Literal["going_away"] = "going_away"
    number: Number
    data: GoingAway


class DoneEvent(Strict):
    """Last event before close code 1000."""

    event: Literal["done"] = "done"
    number: Number
    data: Done


First = Start | Resume
ClientMessage = Annotated[Start | Resume | End, Field(discriminator="type")]
NumberedEvent = (
    SegmentEvent
    | FieldEvent
    | DeltaEvent
    | FinalEvent
    | LaggingEvent
    | ErrorEvent
    | GoingAwayEvent
    | DoneEvent
)
ServerEvent = ReadyEvent | AckEvent | NumberedEvent

CLIENT_MESSAGES: tuple[type[Strict], ...] = (Start, Resume, End)
SERVER_EVENTS: tuple[type[Strict], ...] = (
    *(ReadyEvent, AckEvent, SegmentEvent, FieldEvent, DeltaEvent, FinalEvent),
    *(LaggingEvent, ErrorEvent, GoingAwayEvent, DoneEvent),
)

_READER: TypeAdapter[Any] = TypeAdapter(ClientMessage)


def read_message(text: str) -> Start | Resume | End:
    """A client's JSON message. Raises `ApiError` that names the place and the fix."""
    try:
        message: Start | Resume | End = _READER.validate_json(text, strict=True)
    except ValidationError as error:
        raise _refused(error) from None
    return message


def _refused(error: ValidationError) -> ApiError:
    detail = error.errors(include_url=False, include_input=False)[0]
    model = {kind.__name__.lower(): kind for kind in CLIENT_MESSAGES}.get(
        str(detail["loc"][0]) if detail["loc"] else "", Start
    )
    failure = refused(model, error, frozenset())
    return ApiError("invalid_message", failure.message, param=failure.param)
