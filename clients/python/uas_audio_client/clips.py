"""A clip to be sent: bytes, or the path of a file, which is read while it is sent."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TypeAlias, TypeVar

from uas_audio_client.generated.types import UNSET, File, Unset

Clip: TypeAlias = bytes | str | os.PathLike[str]
"""Bytes of a file in a format that the server knows, or a path."""

T = TypeVar("T")


@contextmanager
def opened(clip: Clip) -> Iterator[File]:
    """The form part of a clip. It can be sent again: httpx rewinds it."""
    if isinstance(clip, bytes):
        yield File(payload=BytesIO(clip), file_name="clip", mime_type="application/octet-stream")
        return
    with Path(clip).open("rb") as file:
        # The name stays here: the server tells the format by the content.
        yield File(payload=file, file_name="clip", mime_type="application/octet-stream")


def given(value: T | None) -> T | Unset:
    """The value; left out of the request when there is none."""
    return UNSET if value is None else value
