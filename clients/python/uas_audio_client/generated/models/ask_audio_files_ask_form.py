from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from .. import types
from ..types import UNSET, File, FileTypes, Unset

T = TypeVar("T", bound="AskAudioFilesAskForm")


@_attrs_define
class AskAudioFilesAskForm:
    """File or url, and the parameters.

    Attributes:
        question (str): What to answer about the clip.
        file (File | Unset): WAV, FLAC, MP3, OGG, WebM or M4A; told by its content, never by its name.
        url (str | Unset): https URL of the clip, instead of file; where the server fetches URLs.
        model (str | Unset): Name of the served model; any other is refused.
        max_tokens (int | Unset): Budget of output tokens per window.
        choices (list[str] | Unset): The answer is one of these texts.
        yes_no (bool | Unset): The answer is yes or no.
        schema (str | Unset): JSON Schema, as text, that the answer is guaranteed to be valid against.
    """

    question: str
    file: File | Unset = UNSET
    url: str | Unset = UNSET
    model: str | Unset = UNSET
    max_tokens: int | Unset = UNSET
    choices: list[str] | Unset = UNSET
    yes_no: bool | Unset = UNSET
    schema: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        question = self.question

        file: FileTypes | Unset = UNSET
        if not isinstance(self.file, Unset):
            file = self.file.to_tuple()

        url = self.url

        model = self.model

        max_tokens = self.max_tokens

        choices: list[str] | Unset = UNSET
        if not isinstance(self.choices, Unset):
            choices = self.choices

        yes_no = self.yes_no

        schema = self.schema

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "question": question,
            }
        )
        if file is not UNSET:
            field_dict["file"] = file
        if url is not UNSET:
            field_dict["url"] = url
        if model is not UNSET:
            field_dict["model"] = model
        if max_tokens is not UNSET:
            field_dict["max_tokens"] = max_tokens
        if choices is not UNSET:
            field_dict["choices"] = choices
        if yes_no is not UNSET:
            field_dict["yes_no"] = yes_no
        if schema is not UNSET:
            field_dict["schema"] = schema

        return field_dict

    def to_multipart(self) -> types.RequestFiles:
        files: types.RequestFiles = []

        files.append(("question", (None, str(self.question).encode(), "text/plain")))

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

        if not isinstance(self.choices, Unset):
            for choices_item_element in self.choices:
                files.append(
                    (
                        "choices",
                        (None, str(choices_item_element).encode(), "text/plain"),
                    )
                )

        if not isinstance(self.yes_no, Unset):
            files.append(("yes_no", (None, str(self.yes_no).encode(), "text/plain")))

        if not isinstance(self.schema, Unset):
            files.append(("schema", (None, str(self.schema).encode(), "text/plain")))

        return files

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        question = d.pop("question")

        _file = d.pop("file", UNSET)
        file: File | Unset
        if isinstance(_file, Unset):
            file = UNSET
        else:
            file = File(payload=BytesIO(_file))

        url = d.pop("url", UNSET)

        model = d.pop("model", UNSET)

        max_tokens = d.pop("max_tokens", UNSET)

        choices = cast(list[str], d.pop("choices", UNSET))

        yes_no = d.pop("yes_no", UNSET)

        schema = d.pop("schema", UNSET)

        ask_audio_files_ask_form = cls(
            question=question,
            file=file,
            url=url,
            model=model,
            max_tokens=max_tokens,
            choices=choices,
            yes_no=yes_no,
            schema=schema,
        )

        return ask_audio_files_ask_form
