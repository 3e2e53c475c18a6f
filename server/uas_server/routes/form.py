"""Reads a multipart/form-data body piece by piece, within limits on parts, headers and sizes.

File names and part headers are read to find the part's name and then dropped: nothing is stored
or logged under a name that a caller chose.
"""

import codecs
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from uas_server.errors import ApiError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_MOST_HEADERS = 8
_HEADER_BYTES = 4096


@dataclass(frozen=True)
class FormLimits:
    """Bounds of one form: how many parts, and bytes of the file and of every other part."""

    parts: int
    file_bytes: int
    field_bytes: int


@dataclass
class _Part:
    disposition: bytearray = field(default_factory=bytearray)
    name: str = ""
    data: bytearray = field(default_factory=bytearray)
    size_bytes: int = 0


@dataclass(frozen=True)
class Form:
    """A form that was read: whether there was a part `file`, the text of the others in order."""

    has_file: bool
    fields: list[tuple[str, str]]


async def read_form(
    content_type: str,
    body: AsyncIterator[bytes],
    limits: FormLimits,
    keep: Callable[[bytes], Awaitable[None]],
) -> Form:
    """Read a whole form; the bytes of its part `file` go to `keep` as they come.

    Raises `ApiError` invalid_body, body_too_large, repeated_parameter.
    """
    _, options = parse_options_header(content_type)
    reader = _Reader(limits)
    try:
        parser = MultipartParser(
            options.get(b"boundary") or _no_boundary(),
            reader.callbacks(),
            max_header_count=_MOST_HEADERS,
            max_header_size=_HEADER_BYTES,
        )
        async for piece in body:
            parser.write(piece)
            await keep(reader.take_file())
        parser.finalize()
    except FormParserError:
        raise ApiError(
            "invalid_body", "The multipart body is malformed. Build it with an HTTP library."
        ) from None
    return reader.form()


def _no_boundary() -> bytes:
    raise ApiError("invalid_body", "The Content-Type multipart/form-data has no boundary.")


class _Reader:
    """Collects what the parser finds."""

    def __init__(self, limits: FormLimits) -> None:
        self._limits = limits
        self._parts: list[_Part] = []
        self._header = bytearray()
        self._value = bytearray()
        self._ended = False

    def callbacks(self) -> "MultipartCallbacks":
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def take_file(self) -> bytes:
        """Bytes of the file since this was last asked."""
        taken = bytearray()
        for part in self._parts:
            if part.name == "file":
                taken += part.data
                part.data = bytearray()
        return bytes(taken)

    def form(self) -> Form:
        """The form, once the closing boundary was seen."""
        if not self._ended:
            raise ApiError("invalid_body", "The multipart body ends before its last boundary.")
        files = [part for part in self._parts if part.name == "file"]
        if len(files) > 1:
            raise ApiError("repeated_parameter", "Send one part named file.", param="file")
        fields = [(part.name, _text(part)) for part in self._parts if part.name != "file"]
        return Form(bool(files), fields)

    def _begin(self) -> None:
        if len(self._parts) == self._limits.parts:
            message = f"The form has more than {self._limits.parts} parts. Send fewer."
            raise ApiError("invalid_body", message)
        self._parts.append(_Part())

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._parts[-1].disposition = self._value
        self._header, self._value = bytearray(), bytearray()

    def _headers_finished(self) -> None:
        _, options = parse_options_header(bytes(self._parts[-1].disposition))
        name = options.get(b"name")
        if name is None:
            message = "A part has no name. Send Content-Disposition: form-data; name=..."
            raise ApiError("invalid_body", message)
        self._parts[-1].name = name.decode("latin-1")

    def _data(self, data: bytes, start: int, end: int) -> None:
        part = self._parts[-1]
        is_file = part.name == "file"
        limit = self._limits.file_bytes if is_file else self._limits.field_bytes
        part.size_bytes += end - start
        if part.size_bytes > limit:
            message = f"The part {'file' if is_file else 'of text'} is over {limit} bytes."
            raise ApiError("body_too_large", message, param="file" if is_file else None)
        part.data += data[start:end]

    def _end(self) -> None:
        self._ended = True


def _text(part: _Part) -> str:
    try:
        return codecs.decode(part.data, "utf-8")
    except UnicodeDecodeError:
        raise ApiError("invalid_body", "A text part is not UTF-8. Encode it as UTF-8.") from None
