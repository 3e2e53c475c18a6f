"""Takes in a clip and its parameters: a multipart form, or the bare audio as the body."""

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
_OTHER_PARTS = 8
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
    settings = services.settings
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    fields: list[tuple[str, str]] = []
    if kind == "multipart/form-data":
        form = await read_form(content_type, request.stream(), _limits(settings))
        audio, fields = form.file, form.fields
    elif kind.startswith("audio/") or kind == _OCTETS:
        audio = await _read_bare(request, settings)
    else:
        raise ApiError(
            "unsupported_media_type",
            "The Content-Type is neither multipart/form-data nor audio/*. Send the clip as a form "
            "part named file, or as the body with its own type.",
        )
    url, fields = _url_apart(fields)
    parameters = read_parameters(model, request.query_params.multi_items(), fields)
    if audio is not None and url is not None:
        raise ApiError("invalid_parameter", "url: send it or file, not both.", param="url")
    if url is not None:
        audio = await services.fetcher.fetch(url, context_of(request.scope).deadline)
    if audio is None:
        message = "The form has no part named file, and no url."
        raise ApiError("missing_parameter", message, param="file")
    return Upload(audio, parameters)


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


async def _read_bare(request: Request, settings: Settings) -> bytes:
    audio = bytearray()
    async for piece in request.stream():
        audio += piece
        if len(audio) > settings.upload_bytes:
            message = f"The upload is over {settings.upload_bytes} bytes. Compress or cut it."
            raise ApiError("body_too_large", message)
    return bytes(audio)
