"""What POST /v1/chat/completions takes: OpenAI's names, as far as they can be kept.

Parameters whose default is the only value that can be kept take that value, so that clients which
send it go on working. Those that change no answer (`user`, `metadata` and their like) are not read.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from uas_schema.strict import Strict

MOST_PARTS = 64


class TextPart(Strict):
    """A part of a message that is text."""

    type: Literal["text"]
    text: str


class InputAudio(Strict):
    """A clip in base64. `format` is taken and not believed: the content tells the container."""

    data: str = Field(description="The file in base64, without a data: prefix.")
    format: str | None = Field(None, pattern="^[a-z0-9]{1,8}$")


class InputAudioPart(Strict):
    """A part of a message that is the clip."""

    type: Literal["input_audio"]
    input_audio: InputAudio


class AudioUrl(Strict):
    """Where a clip is to be fetched from."""

    url: str


class AudioUrlPart(Strict):
    """A part of a message that says where the clip is. Refused unless the server may fetch."""

    type: Literal["audio_url"]
    audio_url: AudioUrl


Part = Annotated[TextPart | InputAudioPart | AudioUrlPart, Field(discriminator="type")]
Parts = Annotated[tuple[Part, ...], Field(max_length=MOST_PARTS)]


def _kind_of_content(value: object) -> str:
    return "text" if isinstance(value, str) else "parts"


Content = Annotated[
    Annotated[str, Tag("text")] | Annotated[Parts, Tag("parts")], Discriminator(_kind_of_content)
]


class ChatMessage(Strict):
    """One message. Answers of earlier turns are not taken: there is one question and one clip."""

    role: Literal["system", "developer", "user"]
    content: Content
    name: str | None = None


class TextFormat(Strict):
    """Free text."""

    type: Literal["text"]


class JsonSchema(Strict):
    """A schema that the answer is guaranteed to be valid against, also without `strict`."""

    name: str = Field(pattern="^[A-Za-z0-9_-]{1,64}$")
    description: str | None = None
    schema_: dict[str, Any] | None = Field(None, alias="schema")
    strict: bool | None = None


class JsonSchemaFormat(Strict):
    """JSON of a schema: the caller's, or the UAS document's."""

    type: Literal["json_schema"]
    json_schema: JsonSchema


ResponseFormat = Annotated[TextFormat | JsonSchemaFormat, Field(discriminator="type")]


class StreamOptions(Strict):
    """`include_usage` adds a last chunk with the usage; nothing is ever obfuscated."""

    include_usage: bool = False
    include_obfuscation: bool | None = None


def _no_logprobs(value: object) -> object:
    if value not in (None, False, 0):
        raise ValueError(
            "no engine gives the probabilities of tokens here; POST /v1/uas gives those of the "
            "closed fields"
        )
    return value


def _whole(value: object) -> object:
    """JSON has one kind of number: 3.0 is the whole number 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


MaxTokens = Annotated[int, Field(ge=1, le=4096), BeforeValidator(_whole)]
Seed = Annotated[int, Field(ge=0, le=2**53), BeforeValidator(_whole)]
One = Annotated[int, Field(ge=1, le=1), BeforeValidator(_whole)]
Zero = Annotated[int, Field(ge=0, le=0), BeforeValidator(_whole)]


class ChatRequest(Strict):
    """Body of POST /v1/chat/completions."""

    messages: tuple[ChatMessage, ...] = Field(min_length=1, max_length=MOST_PARTS)
    model: str | None = Field(None, description="Name of the served model; others are refused.")
    response_format: ResponseFormat | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_completion_tokens: MaxTokens | None = None
    max_tokens: MaxTokens | None = Field(None, description="Older name of the same.")
    temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(
        None, description="0, the default here, is greedy. A UAS document takes no other."
    )
    seed: Seed | None = None
    n: One | None = None
    top_p: Annotated[float, Field(ge=1, le=1)] | None = None
    frequency_penalty: Annotated[float, Field(ge=0, le=0)] | None = None
    presence_penalty: Annotated[float, Field(ge=0, le=0)] | None = None
    logprobs: Annotated[Literal[False] | None, BeforeValidator(_no_logprobs)] = None
    top_logprobs: Annotated[Zero | None, BeforeValidator(_no_logprobs)] = None
    modalities: tuple[Literal["text"], ...] | None = None
    parallel_tool_calls: bool | None = None
    store: Literal[False] | None = None
    service_tier: Literal["auto", "default"] | None = None
    user: str | None = None
    metadata: dict[str, str] | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
