"""Answers of a chat in OpenAI's shapes: one completion, or chunks whose texts join to it."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal

from uas_schema.strict import Strict
from uas_server.engine.errors import EngineDead
from uas_server.engine.protocol import TextDelta
from uas_server.service.describe import DescribeEvent
from uas_server.service.envelope import AskEnvelope, Count, DeltaPayload, UasEnvelope
from uas_server.service.openai.usage import CompletionUsage, completion_usage

FinishReason = Literal["stop", "length"]


class AssistantMessage(Strict):
    """The answer."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None


class ChatChoice(Strict):
    """The one answer of a completion; `length` says that the token budget or the time cut it."""

    index: int = 0
    message: AssistantMessage
    finish_reason: FinishReason
    logprobs: None = None


class ChatCompletion(Strict):
    """Answer of POST /v1/chat/completions. The content is text, or JSON as text."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: Count
    model: str
    choices: tuple[ChatChoice]
    usage: CompletionUsage
    system_fingerprint: None = None


class ChatDelta(Strict):
    """What a chunk adds to the message."""

    role: Literal["assistant"] | None = None
    content: str | None = None


class ChatChunkChoice(Strict):
    """The one answer of a chunk."""

    index: int = 0
    delta: ChatDelta
    finish_reason: FinishReason | None = None
    logprobs: None = None


class ChatChunk(Strict):
    """One event of a stream; the last one, when usage was asked for, has no choices."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: Count
    model: str
    choices: tuple[ChatChunkChoice, ...]
    usage: CompletionUsage | None = None
    system_fingerprint: None = None


@dataclass(frozen=True)
class Heading:
    """What every answer to one chat begins with; `created` is in seconds since the epoch."""

    id: str
    model: str
    created: int = field(default_factory=lambda: int(time.time()))


@dataclass(frozen=True)
class Answer:
    """The whole answer, which the texts before it join to."""

    content: str
    finish_reason: FinishReason
    usage: CompletionUsage


Piece = str | Answer


async def pieces_of_answer(
    events: AsyncGenerator[TextDelta | AskEnvelope, None],
) -> AsyncGenerator[Piece, None]:
    """Texts of an answer without white space around it, then the whole."""
    held, begun = "", False
    async with aclosing(events):
        async for event in events:
            if isinstance(event, AskEnvelope):
                finish = _finish(event.truncated)
                yield Answer(event.answer, finish, completion_usage(event.usage))
                continue
            text = held + event.text if begun else (held + event.text).lstrip()
            ready = text.rstrip()
            held = text[len(ready) :]
            if ready:
                begun = True
                yield ready


async def pieces_of_document(
    events: AsyncGenerator[DescribeEvent, None],
) -> AsyncGenerator[Piece, None]:
    """Texts of a document in its canonical form, then the whole."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, DeltaPayload):
                yield event.text
            elif isinstance(event, UasEnvelope):
                usage = completion_usage(event.usage)
                yield Answer(event.uas.canonical(), _finish(event.truncated), usage)


async def completion(heading: Heading, pieces: AsyncGenerator[Piece, None]) -> ChatCompletion:
    """The answer in one. Raises what `pieces` raises."""
    async with aclosing(pieces):
        async for piece in pieces:
            if isinstance(piece, Answer):
                choice = ChatChoice(
                    message=AssistantMessage(content=piece.content),
                    finish_reason=piece.finish_reason,
                )
                return ChatCompletion(
                    id=heading.id,
                    created=heading.created,
                    model=heading.model,
                    choices=(choice,),
                    usage=piece.usage,
                )
    raise EngineDead("the answer ended too early; try again")


async def chunks(
    heading: Heading, pieces: AsyncGenerator[Piece, None], *, include_usage: bool
) -> AsyncGenerator[ChatChunk, None]:
    """The answer as it comes; the first chunk waits for the first text. Raises the same."""

    def chunk(*choices: ChatChunkChoice, usage: CompletionUsage | None = None) -> ChatChunk:
        return ChatChunk(
            id=heading.id,
            created=heading.created,
            model=heading.model,
            choices=choices,
            usage=usage,
        )

    role: Literal["assistant"] | None = "assistant"
    async with aclosing(pieces):
        async for piece in pieces:
            if isinstance(piece, str):
                yield chunk(ChatChunkChoice(delta=ChatDelta(role=role, content=piece)))
                role = None
                continue
            last = ChatDelta(role=role, content=None if role is None else "")
            yield chunk(ChatChunkChoice(delta=last, finish_reason=piece.finish_reason))
            if include_usage:
                yield chunk(usage=piece.usage)


def _finish(truncated: bool) -> FinishReason:
    return "length" if truncated else "stop"
