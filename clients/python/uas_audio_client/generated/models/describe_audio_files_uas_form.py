from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, TypeVar

from attrs import define as _attrs_define

from .. import types
from ..types import UNSET, File, FileTypes, Unset

T = TypeVar("T", bound="DescribeAudioFilesUasForm")


@_attrs_define
class DescribeAudioFilesUasForm:
    """File or url, and the parameters.

    Attributes:
        file (File | Unset): WAV, FLAC, MP3, OGG, WebM or M4A; told by its content, never by its name.
        url (str | Unset): https URL of the clip, instead of file; where the server fetches URLs.
        model (str | Unset): Name of the served model; any other is refused.
        max_tokens (int | Unset): Budget of output tokens per window.
        words (bool | Unset): Give the words with their times; null where the model cannot tell them.
        stream (bool | Unset): Answer with server-sent events.
    """

    file: File | Unset = UNSET
    url: str | Unset = UNSET
    model: str | Unset = UNSET
    max_tokens: int | Unset = UNSET
    words: bool | Unset = UNSET
    stream: bool | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        file: FileTypes | Unset = UNSET
        if not isinstance(self.file, Unset):
            file = self.file.to_tuple()

        url = self.url

        model = self.model

        max_tokens = self.max_tokens

        words = self.words

        stream = self.stream

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if file is not UNSET:
            field_dict["file"] = file
        if url is not UNSET:
            field_dict["url"] = url
        if model is not UNSET:
            field_dict["model"] = model
        if max_tokens is not UNSET:
            field_dict["max_tokens"] = max_tokens
        if words is not UNSET:
            field_dict["words"] = words
        if stream is not UNSET:
            field_dict["stream"] = stream

        return field_dict

    def to_multipart(self) -> types.RequestFiles:
        files: types.RequestFiles = []

        if not isinstance(self.file, Unset):
            files.append(("file", self.file.to_tuple()))

        if not isinstance(self.url, Unset):
            files.append(("url", (None, str(self.url).encode(), "text/plain")))

        if not isinstance(self.model, Unset):
            files.append(("model", (None, str(self.model).encode(), "text/plain")))

        if not isinstance(self.max_tokens, Unset):
            files.append(
                ("max_tokens", (None, str(self.max_tokens).encode(), "text/plain"))
            )

        if not isinstance(self.words, Unset):
            files.append(("words", (None, str(self.words).encode(), "text/plain")))

        if not isinstance(self.stream, Unset):
            files.append(("stream", (None, str(self.stream).encode(), "text/plain")))

        return files

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        _file = d.pop("file", UNSET)
        file: File | Unset
        if isinstance(_file, Unset):
            file = UNSET
        else:
            file = File(payload=BytesIO(_file))

        url = d.pop("url", UNSET)

        model = d.pop("model", UNSET)

        max_tokens = d.pop("max_tokens", UNSET)

        words = d.pop("words", UNSET)

        stream = d.pop("stream", UNSET)

        describe_audio_files_uas_form = cls(
            file=file,
            url=url,
            model=model,
            max_tokens=max_tokens,
            words=words,
            stream=stream,
        )

        return describe_audio_files_uas_form
