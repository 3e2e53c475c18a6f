"""A transcription as OpenAI has it: what a caller may ask for, and the answer in each format.

The text is the transcription of the clip's document. Segments are cues: they end with sentences
where the times of words are known, else they are the windows that the model heard.
"""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated, ClassVar, Literal, NoReturn

from pydantic import BeforeValidator, Field

from uas_schema.skeleton import TRANSCRIPTION
from uas_schema.strict import Strict
from uas_server.errors import ApiError
from uas_server.exports.cues import Cue, cues_of
from uas_server.service.describe import DescribeEvent
from uas_server.service.envelope import FieldPayload, Seconds, UasEnvelope
from uas_server.service.merge import continuation, spoken_text
from uas_server.service.openai.refusals import load_refusals
from uas_server.service.openai.usage import DurationUsage, TokenUsage, token_usage
from uas_server.service.parameters import CommonParameters, Flag

ResponseFormat = Literal["json", "text", "verbose_json", "srt", "vtt"]
Granularity = Literal["word", "segment"]

_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
_STREAMED = ("json", "text")


def _number(value: object) -> object:
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise ValueError("write a number such as 0")
        return float(value)
    return value


class TranscriptionParameters(CommonParameters):
    """What POST /v1/audio/transcriptions takes beside the clip."""

    refused: ClassVar[frozenset[str]] = load_refusals().transcriptions

    language: str | None = Field(
        None,
        pattern="^[a-z]{2,3}$",
        description="ISO 639 code; one of the model's languages. It is checked and steers nothing.",
    )
    response_format: ResponseFormat = Field("json", description="Form of the answer.")
    timestamp_granularities: tuple[Granularity, ...] = Field(
        (),
        alias="timestamp_granularities[]",
        description="With verbose_json: segments (the default), words, or both.",
    )
    temperature: Annotated[float, Field(ge=0, le=0), BeforeValidator(_number)] = Field(
        0.0, description="0: transcripts are decoded greedily."
    )
    chunking_strategy: Literal["auto"] | None = Field(
        None, description="Long clips are always cut where nobody speaks."
    )
    stream: Flag = Field(False, description="Answer with server-sent events; json and text only.")

    @property
    def words(self) -> bool:
        """Whether the times of the words are needed: for words, and for where segments end."""
        return self.response_format in ("verbose_json", "srt", "vtt")

    def check(self, languages: Sequence[str]) -> None:
        """Refuse what does not go together, or is no language of the model. Raises `ApiError`."""
        if self.stream and self.response_format not in _STREAMED:
            _refuse("stream", "only json and text can be streamed; leave it out")
        if self.timestamp_granularities and self.response_format != "verbose_json":
            _refuse("timestamp_granularities[]", "send response_format=verbose_json with it")
        if self.language is not None and languages and self.language not in languages:
            raise ApiError(
                "unsupported_language",
                f"This model's languages are: {', '.join(languages)}. Name one, or none.",
                param="language",
            )


class Transcription(Strict):
    """Answer with response_format=json."""

    text: str
    usage: TokenUsage


class TranscriptSegment(Strict):
    """A stretch of the transcript. What the model does not tell is null."""

    id: int
    start: Seconds
    end: Seconds
    text: str
    seek: int | None = None
    tokens: tuple[int, ...] | None = None
    temperature: float = 0.0
    avg_logprob: float | None = None
    compression_ratio: float | None = None
    no_speech_prob: float | None = None


class TranscriptWord(Strict):
    """One word with its times."""

    word: str
    start: Seconds
    end: Seconds


class VerboseTranscription(Strict):
    """Answer with response_format=verbose_json.

    `segments` and `words` are null when they were not asked for, `words` also where their times are
    not known; `language` is null where the model has several.
    """

    task: Literal["transcribe"] = "transcribe"
    language: str | None
    duration: Seconds
    text: str
    segments: tuple[TranscriptSegment, ...] | None
    words: tuple[TranscriptWord, ...] | None
    usage: DurationUsage


class TranscriptDelta(Strict):
    """Event of a stream: the transcript goes on with this text."""

    type: Literal["transcript.text.delta"] = "transcript.text.delta"
    delta: str


class TranscriptDone(Strict):
    """Last event of a stream: the whole transcript."""

    type: Literal["transcript.text.done"] = "transcript.text.done"
    text: str
    usage: TokenUsage


def transcript_of(envelope: UasEnvelope) -> str:
    """The whole transcript; "" where nobody speaks."""
    return spoken_text(segment.uas.transcription or "" for segment in envelope.segments)


def plain(envelope: UasEnvelope) -> Transcription:
    """The answer in its short form."""
    return Transcription(text=transcript_of(envelope), usage=token_usage(envelope.usage))


def verbose(
    envelope: UasEnvelope, asked: TranscriptionParameters, languages: Sequence[str]
) -> VerboseTranscription:
    """The answer in its long form."""
    wanted = asked.timestamp_granularities or ("segment",)
    words = envelope.words if "word" in wanted else None
    cues = enumerate(cues_of(envelope.segments))
    return VerboseTranscription(
        language=asked.language or (languages[0] if len(languages) == 1 else None),
        duration=envelope.usage.audio_s,
        text=transcript_of(envelope),
        segments=tuple(_segment(*cue) for cue in cues) if "segment" in wanted else None,
        words=None
        if words is None
        else tuple(TranscriptWord(word=w.word, start=w.start_s, end=w.end_s) for w in words),
        usage=DurationUsage(seconds=envelope.usage.audio_s),
    )


async def transcript_events(
    events: AsyncGenerator[DescribeEvent, None],
) -> AsyncGenerator[TranscriptDelta | TranscriptDone, None]:
    """One delta for every window in which somebody speaks, then the whole."""
    text = ""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, FieldPayload) and event.path.rpartition(".")[2] == TRANSCRIPTION:
                delta = continuation(text, event.value or "")
                text += delta
                if delta:
                    yield TranscriptDelta(delta=delta)
            elif isinstance(event, UasEnvelope):
                yield TranscriptDone(text=text, usage=token_usage(event.usage))


def _segment(index: int, cue: Cue) -> TranscriptSegment:
    return TranscriptSegment(id=index, start=cue.start_s, end=cue.end_s, text=cue.text)


def _refuse(name: str, reason: str) -> NoReturn:
    raise ApiError("invalid_parameter", f"{name}: {reason}.", param=name)
