"""Reads a chat: its one question, or that the UAS document is wanted instead.

The document is wanted when there is no text at all, or when the response format is the schema named
"uas" (or one with the `$id` of GET /v1/schema): the text is not read then.
"""

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

from uas_schema.json_schema import SCHEMA_ID
from uas_server.engine.errors import EngineError
from uas_server.errors import ApiError, api_error_of
from uas_server.service.ask import Question, read_question
from uas_server.service.openai.chat_request import (
    ChatRequest,
    JsonSchema,
    JsonSchemaFormat,
    TextPart,
)
from uas_server.service.parameters import AskParameters
from uas_server.service.schema_compiler import SchemaCompiler
from uas_server.settings import Settings
from uas_signal.errors import SignalError

DOCUMENT = "uas"
"""Name of a response format without a schema that stands for the UAS document's."""

_PARAMS = {
    "file": "messages",
    "question": "messages",
    "schema": "response_format.json_schema.schema",
}
"""Where in a chat the parameters of the services are."""


@dataclass(frozen=True)
class Chat:
    """A chat that was read.

    Attributes:
        question: what to answer about the clip; None is the UAS document.
        max_tokens: budget of output tokens, when one was asked for.
        stream: whether the answer is to come in chunks.
        include_usage: whether a last chunk has the usage.
    """

    question: Question | None
    max_tokens: int | None
    stream: bool
    include_usage: bool


async def read_chat(asked: ChatRequest, settings: Settings, schemas: SchemaCompiler) -> Chat:
    """Take a request apart. Raises `ApiError`."""
    question = await _question(asked, settings, schemas)
    options = asked.stream_options
    if options is not None and not asked.stream:
        _refuse("stream_options", "belongs to stream=true; leave it out")
    return Chat(
        question=question,
        max_tokens=_max_tokens(asked),
        stream=bool(asked.stream),
        include_usage=options is not None and options.include_usage,
    )


@contextmanager
def in_terms_of_chat() -> Iterator[None]:
    """Name the parameters of a chat in what the services and the decoder refuse."""
    try:
        yield
    except (ApiError, SignalError, EngineError) as error:
        failure = api_error_of(error)
        first, dot, rest = (failure.param or "").partition(".")
        if first in _PARAMS:
            failure.param = _PARAMS[first] + dot + rest
        raise failure from None


async def _question(
    asked: ChatRequest, settings: Settings, schemas: SchemaCompiler
) -> Question | None:
    """What is asked; None for the document."""
    text, wanted = "\n".join(_texts(asked)), asked.response_format
    schema = wanted.json_schema if isinstance(wanted, JsonSchemaFormat) else None
    if _is_document(schema) or (schema is None and not text):
        if asked.temperature:
            _refuse("temperature", "a UAS document is decoded greedily; leave it out")
        return None
    if not text:
        _refuse("messages", "there is no text that asks for this schema; add a text part")
    parameters = {"question": text}
    if schema is not None:
        if schema.schema_ is None:
            place = "response_format.json_schema.schema"
            raise ApiError("missing_parameter", f"{place} is missing; send it.", param=place)
        parameters["schema"] = json.dumps(schema.schema_, ensure_ascii=False)
    question = await read_question(AskParameters.model_validate(parameters), settings, schemas)
    return dataclasses.replace(question, temperature=asked.temperature or 0.0, seed=asked.seed)


def _is_document(schema: JsonSchema | None) -> bool:
    if schema is None:
        return False
    if schema.schema_ is None:
        return schema.name == DOCUMENT
    return bool(schema.schema_.get("$id") == SCHEMA_ID)


def _texts(asked: ChatRequest) -> Iterator[str]:
    """All text in order; what is blank says nothing."""
    for message in asked.messages:
        content = message.content
        texts = (
            [content]
            if isinstance(content, str)
            else [part.text for part in content if isinstance(part, TextPart)]
        )
        yield from (text for text in texts if text.strip())


def _max_tokens(asked: ChatRequest) -> int | None:
    newer, older = asked.max_completion_tokens, asked.max_tokens
    if newer is not None and older is not None and newer != older:
        _refuse("max_tokens", "differs from max_completion_tokens; send one of them")
    return newer if newer is not None else older


def _refuse(name: str, reason: str) -> NoReturn:
    raise ApiError("invalid_parameter", f"{name}: {reason}.", param=name)
