"""Takes in a clip and its parameters: a multipart form, or the bare audio as the body."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from starlette.requests import Request

from uas_server.errors import ApiError
from uas_server.routes.form import FormLimits, read_form
from uas_server.service.parameters import CommonParameters, read_parameters
from uas_server.settings import Settings

ParametersT = TypeVar("ParametersT", bound=CommonParameters)
_OTHER_PARTS = 8
_JOB_FIELD_BYTES = 4_096
_OCTETS = "application/octet-stream"


@dataclass(frozen=True)
class Upload(Generic[ParametersT]):
    """What a caller sent."""

    audio: bytes
    parameters: ParametersT


async def read_upload(
    request: Request, model: type[ParametersT], settings: Settings
) -> Upload[ParametersT]:
    """Read a whole request. Raises `ApiError` for what is wrong with it; decodes nothing."""
    audio = bytearray()

    async def keep(piece: bytes) -> None:
        audio.extend(piece)

    parameters = await receive_upload(request, model, _limits(settings), keep)
    return Upload(bytes(audio), parameters)


async def receive_upload(
    request: Request,
    model: type[ParametersT],
    limits: FormLimits,
    keep: Callable[[bytes], Awaitable[None]],
) -> ParametersT:
    """Read a request whose clip goes to `keep` piece by piece; gives its parameters.

    Raises `ApiError` for what is wrong with it, and whatever `keep` raises.
    """
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    query = request.query_params.multi_items()
    if kind == "multipart/form-data":
        form = await read_form(content_type, request.stream(), limits, keep)
        parameters = read_parameters(model, query, form.fields)
        if not form.has_file:
            raise ApiError("missing_parameter", "The form has no part named file.", param="file")
        return parameters
    if kind.startswith("audio/") or kind == _OCTETS:
        await _read_bare(request, limits.file_bytes, keep)
        return read_parameters(model, query)
    raise ApiError(
        "unsupported_media_type",
        "The Content-Type is neither multipart/form-data nor audio/*. Send the clip as a form "
        "part named file, or as the body with its own type.",
    )


def job_form_limits(settings: Settings) -> FormLimits:
    """Bounds of a form that holds a recording."""
    return FormLimits(_OTHER_PARTS, settings.job_upload_bytes, _JOB_FIELD_BYTES)


def _limits(settings: Settings) -> FormLimits:
    return FormLimits(
        parts=settings.choices + _OTHER_PARTS,
        file_bytes=settings.upload_bytes,
        field_bytes=max(settings.schema_bytes, 4 * settings.question_chars),
    )


async def _read_bare(
    request: Request, most_bytes: int, keep: Callable[[bytes], Awaitable[None]]
) -> None:
    received = 0
    async for piece in request.stream():
        received += len(piece)
        if received > most_bytes:
            message = f"The upload is over {most_bytes} bytes. Compress or cut it."
            raise ApiError("body_too_large", message)
        await keep(piece)
