from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="InputAudio")


@_attrs_define
class InputAudio:
    """A clip in base64. `format` is taken and not believed: the content tells the container.

    Attributes:
        data (str): The file in base64, without a data: prefix.
        format_ (None | str | Unset):
    """

    data: str
    format_: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        data = self.data

        format_: None | str | Unset
        if isinstance(self.format_, Unset):
            format_ = UNSET
        else:
            format_ = self.format_

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "data": data,
            }
        )
        if format_ is not UNSET:
            field_dict["format"] = format_

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        data = d.pop("data")

        def _parse_format_(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        format_ = _parse_format_(d.pop("format", UNSET))

        input_audio = cls(
            data=data,
            format_=format_,
        )

        return input_audio
