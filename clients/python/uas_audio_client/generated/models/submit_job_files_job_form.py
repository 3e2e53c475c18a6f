from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, TypeVar

from attrs import define as _attrs_define

from .. import types
from ..types import UNSET, File, Unset

T = TypeVar("T", bound="SubmitJobFilesJobForm")


@_attrs_define
class SubmitJobFilesJobForm:
    """File, and the parameters.

    Attributes:
        file (File): WAV, FLAC, MP3, OGG, WebM or M4A; told by its content, never by its name.
        model (str | Unset): Name of the served model; any other is refused.
        max_tokens (int | Unset): Budget of output tokens per window.
        words (bool | Unset): Give the words with their times; null where the model cannot tell them.
        webhook_url (str | Unset): Where the job is posted to when it has ended; see GET /v1/limits.
    """

    file: File
    model: str | Unset = UNSET
    max_tokens: int | Unset = UNSET
    words: bool | Unset = UNSET
    webhook_url: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        file = self.file.to_tuple()

        model = self.model

        max_tokens = self.max_tokens

        words = self.words

        webhook_url = self.webhook_url

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "file": file,
            }
        )
        if model is not UNSET:
            field_dict["model"] = model
        if max_tokens is not UNSET:
            field_dict["max_tokens"] = max_tokens
        if words is not UNSET:
            field_dict["words"] = words
        if webhook_url is not UNSET:
            field_dict["webhook_url"] = webhook_url

        return field_dict

    def to_multipart(self) -> types.RequestFiles:
        files: types.RequestFiles = []

        files.append(("file", self.file.to_tuple()))

        if not isinstance(self.model, Unset):
            files.append(("model", (None, str(self.model).encode(), "text/plain")))

        if not isinstance(self.max_tokens, Unset):
            files.append(
                ("max_tokens", (None, str(self.max_tokens).encode(), "text/plain"))
            )

        if not isinstance(self.words, Unset):
            files.append(("words", (None, str(self.words).encode(), "text/plain")))

        if not isinstance(self.webhook_url, Unset):
            files.append(
                ("webhook_url", (None, str(self.webhook_url).encode(), "text/plain"))
            )

        return files

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        file = File(payload=BytesIO(d.pop("file")))

        model = d.pop("model", UNSET)

        max_tokens = d.pop("max_tokens", UNSET)

        words = d.pop("words", UNSET)

        webhook_url = d.pop("webhook_url", UNSET)

        submit_job_files_job_form = cls(
            file=file,
            model=model,
            max_tokens=max_tokens,
            words=words,
            webhook_url=webhook_url,
        )

        return submit_job_files_job_form
