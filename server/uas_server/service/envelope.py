"""What is sent around a document or an answer. Fields not filled yet exist from v1 and are null."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from uas_schema.document import UasDocument
from uas_schema.strict import Strict

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Seconds = Annotated[float, Field(ge=0.0)]
Count = Annotated[int, Field(ge=0)]
Probabilities = dict[str, Probability]


class Confidence(Strict):
    """How sure the model is; null where the engine cannot say.

    `voice` is the probability that somebody speaks; per closed field, that of each canonical value.
    """

    voice: Probability | None = None
    age: Probabilities | None = None
    gender: Probabilities | None = None
    emotion: Probabilities | None = None


class Word(Strict):
    """One spoken word, with its punctuation; seconds from the start of the clip."""

    word: str
    start_s: Seconds
    end_s: Seconds
    probability: Probability | None = None


class Segment(Strict):
    """One window of a clip that is longer than the model's, with its own document.

    `words` are null where nobody asked for them or their times are not known.
    """

    start_s: Seconds
    end_s: Seconds
    uas: UasDocument
    words: tuple[Word, ...] | None = None


class TimedEvent(Strict):
    """One discrete sound with its time, in seconds from the start of the clip.

    `end_s` is null where the sound fades out.
    """

    label: str
    start_s: Seconds
    end_s: Seconds | None = None
    confidence: Probability | None = None


class Usage(Strict):
    """What the answer took: seconds of audio, and tokens by what they cost."""

    audio_s: Seconds
    prompt_tokens: Count
    prefill_tokens: Count
    sampled_tokens: Count
    forced_tokens: Count

    def tokens_by_kind(self) -> dict[str, int]:
        """The tokens as the metrics name them."""
        return {
            "prompt": self.prompt_tokens,
            "prefill": self.prefill_tokens,
            "sampled": self.sampled_tokens,
            "forced": self.forced_tokens,
        }


class Timings(Strict):
    """Seconds by stage; null where a stage did not take place or is not known."""

    queue_s: Seconds | None = None
    decode_s: Seconds | None = None
    draft_s: Seconds | None = None
    encode_s: Seconds | None = None
    generate_s: Seconds | None = None
    first_event_s: Seconds | None = None
    total_s: Seconds

    @classmethod
    def of(cls, spent_s: Mapping[str, float], total_s: float) -> "Timings":
        """Timings from seconds by stage, as the metrics name the stages."""
        seconds = {**spent_s, "total": total_s}
        return cls(**{f"{stage}_s": round(value, 4) for stage, value in seconds.items()})


class UasEnvelope(Strict):
    """Answer of POST /v1/uas.

    `incomplete` lists the paths that the token budget cut or did not reach; `truncated` says that
    there are any. `segments` holds the windows of a long clip, else one for the whole clip. `words`
    are those of all segments, null where those of any segment are. `events` are the sounds whose
    times are known, null where none is.
    """

    id: str
    model: str
    uas: UasDocument
    confidence: Confidence
    truncated: bool
    incomplete: tuple[str, ...]
    segments: tuple[Segment, ...]
    words: tuple[Word, ...] | None = None
    events: tuple[TimedEvent, ...] | None = None
    usage: Usage
    timings: Timings


class AskEnvelope(Strict):
    """Answer of POST /v1/ask.

    `answer` is the text. `value` is the parsed answer: true or false for a yes/no question, the
    JSON value for a schema, else null. `confidence` gives the probability of each choice.
    """

    id: str
    model: str
    answer: str
    value: Any = Field(None, description="Parsed JSON answer, true/false, or null.")
    confidence: Probabilities | None = None
    truncated: bool
    usage: Usage
    timings: Timings


class FieldPayload(Strict):
    """Data of the event `field`: one value of the document is known."""

    path: str
    value: Any


class DeltaPayload(Strict):
    """Data of the event `delta`: the texts concatenate to the canonical document."""

    text: str


EventName = Literal["field", "delta", "final", "error"]
