"""The API's description: what FastAPI cannot see by itself, and the document as a whole.

Bodies are read by our own streaming reader, so their description is built here from the same
parameter models. The version is OpenAPI 3.1.0, because client generators refuse 3.2; so the schema
of the stream is that of one event, for which 3.2 would have `itemSchema`.
"""

from typing import Any, get_args

import yaml
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from uas_schema import __version__
from uas_schema.strict import Strict
from uas_server.errors import EVERYWHERE, error_responses
from uas_server.examples import (
    CHAT_REQUEST_EXAMPLE,
    ERROR_EXAMPLES,
    EXAMPLES,
    STREAM_EXAMPLES,
    TEXT_EXAMPLES,
)
from uas_server.exports.formats import FORMATS
from uas_server.service.envelope import DeltaPayload, EventName, FieldPayload
from uas_server.service.openai.chat_request import ChatRequest
from uas_server.service.openai.completion import ChatChunk
from uas_server.service.openai.transcription import TranscriptDelta, TranscriptDone
from uas_server.service.parameters import CommonParameters

VERSION = "3.1.0"
IDEMPOTENCY_KEY = "Idempotency-Key"
IDEMPOTENCY_PATTERN = "^[!-~]{1,255}$"
AUDIO_TYPES = ("application/octet-stream", "audio/*")
CLIP_ERRORS = (
    *("invalid_parameter", "missing_parameter", "unknown_parameter", "repeated_parameter"),
    *("invalid_body", "context_too_long", "model_not_found", "body_timeout", "body_too_large"),
    *("audio_too_long", "unsupported_media_type", "audio_too_short", "bad_audio"),
    *("decoder_failed", "empty_audio", "non_finite_audio", "too_many_channels"),
    *("unsupported_sample_rate", "url_not_allowed", "fetch_failed", "engine_unavailable"),
    *("server_full", "server_stopping", "deadline_exceeded"),
)
"""What any operation on a clip may answer with."""

_NOT_OF_JOBS = {"context_too_long", "engine_unavailable", "url_not_allowed", "fetch_failed"}
JOB_ERRORS = (
    *(code for code in CLIP_ERRORS if code not in _NOT_OF_JOBS),
    *("idempotency_conflict", "not_found", "storage_full", "storage_unavailable"),
)
"""What POST /v1/jobs may answer with: the engine is asked later, no URL at all."""

STORED_ERRORS = ("not_found", "storage_full", "storage_unavailable")
"""What any operation on stored jobs may answer with."""

ASK_ERRORS = (
    *("invalid_schema", "unsupported_schema_keyword", "schema_too_large", "answer_incomplete"),
)

CHAT_ERRORS = ("unsupported_parameter",)
TRANSCRIPTION_ERRORS = ("unsupported_parameter", "unsupported_language")

_PLACE = "#/components/schemas/{model}"
_UNSEEN = (FieldPayload, DeltaPayload, TranscriptDelta, TranscriptDone, ChatRequest, ChatChunk)
"""Models of bodies and events that FastAPI does not see."""

_ABOUT = (
    "Post audio, get one Unified Audio Schema document: what was said, how it was said, what else "
    "was heard; or ask a question about the clip. Every answer carries X-Request-Id; every error "
    "has the shape of `ErrorBody`, and its `code` is stable."
)
_FILE = {
    "type": "string",
    "format": "binary",
    "description": "WAV, FLAC, MP3, OGG, WebM or M4A; told by its content, never by its name.",
}

_URL = {
    "type": "string",
    "description": "https URL of the clip, instead of file; where the server fetches URLs.",
}
_CLIP_FIELDS = {"file": _FILE, "url": _URL}


def clip_body(parameters: type[CommonParameters]) -> dict[str, Any]:
    """Request body of an operation on a clip: a form, or the audio itself."""
    form = parameters.model_json_schema(by_alias=True)
    clip = {name: _CLIP_FIELDS[name] for name in parameters.clip_fields}
    alone = [*clip] if len(clip) == 1 else []  # of two, either will do
    content: dict[str, Any] = {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "title": parameters.__name__.removesuffix("Parameters") + "Form",
                "description": f"{' or '.join(clip).capitalize()}, and the parameters.",
                "properties": {**clip, **_plain(form["properties"])},
                "required": [*alone, *form.get("required", [])],
                "additionalProperties": False,
            },
            "encoding": {"file": {"contentType": "audio/*"}},
        }
    }
    for media_type in AUDIO_TYPES:
        content[media_type] = {"schema": {"type": "string", "format": "binary"}}
    return {"required": True, "content": content}


def query_parameters(parameters: type[Strict]) -> list[dict[str, Any]]:
    """The same parameters in the query string, for bodies that are the audio itself.

    None is marked as required: a form carries them in its parts.
    """
    properties = _plain(parameters.model_json_schema(by_alias=True)["properties"])
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": schema.pop("description"),
            "schema": schema,
        }
        for name, schema in properties.items()
    ]


def _plain(properties: dict[str, Any]) -> dict[str, Any]:
    """Schemas of texts on the wire: no null, no titles; what may be left out is not required."""
    plain = {}
    for name, schema in properties.items():
        options = [option for option in schema.get("anyOf", []) if option.get("type") != "null"]
        merged = {**(options[0] if options else {}), **schema}
        plain[name] = {
            key: value for key, value in merged.items() if key not in ("anyOf", "title", "default")
        }
    return plain


def idempotency_header() -> dict[str, Any]:
    """The header that lets a caller send a request again without doing it twice."""
    return {
        "name": IDEMPOTENCY_KEY,
        "in": "header",
        "required": False,
        "description": "Any text of the caller's; the same key with the same body is one job.",
        "schema": {"type": "string", "pattern": IDEMPOTENCY_PATTERN},
    }


def job_id_parameter() -> dict[str, Any]:
    """The job in the path, read by hand: FastAPI would answer a wrong one in its own shape."""
    return {"name": "job_id", "in": "path", "required": True, "schema": {"type": "string"}}


def result_response() -> dict[str, Any]:
    """The result in the format that was asked for."""
    text = {"schema": {"type": "string"}}
    media_types = sorted({written.media_type for written in FORMATS.values()})
    return {
        "description": "The envelope of the whole recording, or the same in another format.",
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/UasEnvelope"}},
            **dict.fromkeys(media_types, text),
        },
    }


def uas_responses() -> dict[int | str, dict[str, Any]]:
    """Successful answers of POST /v1/uas: whole, or as events."""
    stream = {
        "schema": {
            "type": "object",
            "title": "StreamEvent",
            "description": (
                "One event: `field` (data: FieldPayload) and `delta` (DeltaPayload), then `final` "
                "(UasEnvelope) or `error` (ErrorBody)."
            ),
            "properties": {
                "event": {"enum": list(get_args(EventName))},
                "data": {"type": "string", "contentMediaType": "application/json"},
            },
            "required": ["event", "data"],
        }
    }
    return {
        200: {
            "description": "The document in its envelope, or the events of its making.",
            "content": {"text/event-stream": stream},
        }
    }


def transcription_responses() -> dict[int | str, dict[str, Any]]:
    """Successful answers of POST /v1/audio/transcriptions beside JSON."""
    text = {"schema": {"type": "string"}}
    return {
        200: {
            "description": "The transcript in the form that was asked for.",
            "content": {
                "text/plain": text,
                "text/vtt": text,
                "application/x-subrip": text,
                "text/event-stream": _bare_stream(
                    "TranscriptStreamEvent",
                    "data: TranscriptDelta, then TranscriptDone and `[DONE]`, or ErrorBody.",
                ),
            },
        }
    }


def chat_body() -> dict[str, Any]:
    """Request body of POST /v1/chat/completions."""
    content = {"schema": _ref(ChatRequest), "example": CHAT_REQUEST_EXAMPLE}
    return {"required": True, "content": {"application/json": content}}


def chat_responses() -> dict[int | str, dict[str, Any]]:
    """Successful answer of POST /v1/chat/completions as chunks."""
    stream = _bare_stream("ChatStreamEvent", "data: ChatChunk, then `[DONE]`, or ErrorBody.")
    return {
        200: {
            "description": "The answer, or the chunks of it.",
            "content": {"text/event-stream": stream},
        }
    }


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _PLACE.format(model=model.__name__)}


def _bare_stream(title: str, description: str) -> dict[str, Any]:
    """Content of a stream whose events have no names."""
    return {
        "schema": {
            "type": "object",
            "title": title,
            "description": f"One event; {description}",
            "properties": {"data": {"type": "string"}},
            "required": ["data"],
        }
    }


def errors_everywhere() -> dict[int | str, dict[str, Any]]:
    """Errors of operations that take no clip."""
    return error_responses(*EVERYWHERE)


def describe_api(app: FastAPI) -> dict[str, Any]:
    """The whole description of an app."""
    described = get_openapi(
        title="uas-audio",
        version=__version__,
        openapi_version=VERSION,
        summary="Structured audio understanding",
        description=_ABOUT,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        routes=app.routes,
        servers=[{"url": "http://127.0.0.1:8000"}],
    )
    _secure(described)
    for model in _UNSEEN:
        schema = model.model_json_schema(ref_template=_PLACE)
        described["components"]["schemas"] |= schema.pop("$defs", {})
        described["components"]["schemas"][model.__name__] = schema
    for operations in described["paths"].values():
        for operation in operations.values():
            _add_examples(operation)
    return described


def as_yaml(described: dict[str, Any]) -> str:
    """The description as the text of openapi.yaml."""
    return yaml.dump(described, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


class _Dumper(yaml.SafeDumper):
    """Writes equal values out each time instead of pointing back to the first."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def _secure(described: dict[str, Any]) -> None:
    """Say that everything but /health/* needs a bearer key (where the server has keys)."""
    schemes = described["components"].setdefault("securitySchemes", {})
    schemes["apiKey"] = {"type": "http", "scheme": "bearer"}
    described["security"] = [{"apiKey": []}]
    for path, operations in described["paths"].items():
        if path.startswith("/health/"):
            for operation in operations.values():
                operation["security"] = []


def _add_examples(operation: dict[str, Any]) -> None:
    """Set the examples last: FastAPI drops every null from what it is given."""
    for status, response in operation["responses"].items():
        if int(status) in ERROR_EXAMPLES:
            response["content"]["application/json"]["example"] = ERROR_EXAMPLES[int(status)]
    success = next(status for status in operation["responses"] if status.startswith("2"))
    answers = operation["responses"][success].get("content", {})
    if operation["operationId"] in EXAMPLES:
        answers["application/json"]["example"] = EXAMPLES[operation["operationId"]]
    if operation["operationId"] in STREAM_EXAMPLES:
        answers["text/event-stream"]["example"] = STREAM_EXAMPLES[operation["operationId"]]
    if operation["operationId"] == "transcribe_audio":
        for media_type, text in TEXT_EXAMPLES.items():
            answers[media_type]["example"] = text
