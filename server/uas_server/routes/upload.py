"""Takes in a clip and its parameters: a multipart form, or the bare audio as the body."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from starlette.requests import Request

from uas_server.context import context_of
from uas_server.errors import ApiError
from uas_server.routes.form import FormLimits, read_form
from uas_server.service.parameters import CommonParameters, read_parameters
from uas_server.services import Services
from uas_server.settings import Settings

ParametersT = TypeVar("ParametersT", bound=CommonParameters)
Keep = Callable[[bytes], Awaitable[None]]
"""Takes the bytes of a clip as they come."""

_OTHER_PARTS = 8
_JOB_FIELD_BYTES = 4_096
_OCTETS = "application/octet-stream"


@dataclass(frozen=True)
class Upload(Generic[ParametersT]):
    """What a caller sent."""

    audio: bytes
    parameters: ParametersT


async def read_upload(
    request: Request, model: type[ParametersT], services: Services
) -> Upload[ParametersT]:
    """Read a whole request, and fetch the clip when it is named by a URL.

    Raises `ApiError` for what is wrong with it; decodes nothing.
    """
    audio = bytearray()

    async def keep(piece: bytes) -> None:
        audio.extend(piece)

    has_file, fields = await _received(request, _limits(services.settings), keep)
    url, fields = _url_apart(fields)
    parameters = read_parameters(model, request.query_params.multi_items(), fields)
    if has_file and url is not None:
        raise ApiError("invalid_parameter", "url: send it or file, not both.", param="url")
    if url is not None:
        fetched = await services.fetcher.fetch(url, context_of(request.scope).deadline)
        return Upload(fetched, parameters)
    if not has_file:
        message = "The form has no part named file, and no url."
        raise ApiError("missing_parameter", message, param="file")
    return Upload(bytes(audio), parameters)


async def receive_upload(
    request: Request, model: type[ParametersT], limits: FormLimits, keep: Keep
) -> ParametersT:
    """Read a request whose clip goes to `keep` piece by piece; gives its parameters.

    Raises `ApiError` for what is wrong with it, and whatever `keep` raises.
    """
    has_file, fields = await _received(request, limits, keep)
    parameters = read_parameters(model, request.query_params.multi_items(), fields)
    if not has_file:
        raise ApiError("missing_parameter", "The form has no part named file.", param="file")
    return parameters


async def _received(
    request: Request, limits: FormLimits, keep: Keep
) -> tuple[bool, list[tuple[str, str]]]:
    """Whether there was a clip, which went to `keep`, and the fields of the form."""
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        form = await read_form(content_type, request.stream(), limits, keep)
        return form.has_file, form.fields
    if kind.startswith("audio/") or kind == _OCTETS:
        await _read_bare(request, limits.file_bytes, keep)
        return True, []
    raise ApiError(
        "unsupported_media_type",
        "The Content-Type is neither multipart/form-data nor audio/*. Send the clip as a form "
        "part named file, or as the body with its own type.",
    )


def job_form_limits(settings: Settings) -> FormLimits:
    """Bounds of a form that holds a recording."""
    return FormLimits(_OTHER_PARTS, settings.job_upload_bytes, _JOB_FIELD_BYTES)


def _url_apart(fields: list[tuple[str, str]]) -> tuple[str | None, list[tuple[str, str]]]:
    """The field `url`, and the others."""
    urls = [value for name, value in fields if name == "url"]
    if len(urls) > 1:
        raise ApiError("repeated_parameter", "Send one url.", param="url")
    return (urls[0] if urls else None), [field for field in fields if field[0] != "url"]


def _limits(settings: Settings) -> FormLimits:
    return FormLimits(
        parts=settings.choices + _OTHER_PARTS,
        file_bytes=settings.upload_bytes,
        field_bytes=max(settings.schema_bytes, 4 * settings.question_chars),
    )


async def _read_bare(request: Request, most_bytes: int, keep: Keep) -> None:
    received = 0
    async for piece in request.stream():
        received += len(piece)
        if received > most_bytes:
            message = f"The upload is over {most_bytes} bytes. Compress or cut it."
            raise ApiError("body_too_large", message)
        await keep(piece)
