from __future__ import annotations

from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.audio_url import AudioUrl


T = TypeVar("T", bound="AudioUrlPart")


@_attrs_define
class AudioUrlPart:
    """A part of a message that says where the clip is. Refused unless the server may fetch.

    Attributes:
        type_ (Literal['audio_url']):
        audio_url (AudioUrl): Where a clip is to be fetched from.
    """

    type_: Literal["audio_url"]
    audio_url: AudioUrl

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        audio_url = self.audio_url.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "audio_url": audio_url,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.audio_url import AudioUrl  # noqa: PLC0415

        d = dict(src_dict)
        type_ = cast(Literal["audio_url"], d.pop("type"))
        if type_ != "audio_url":
            raise ValueError(f"type must match const 'audio_url', got '{type_}'")

        audio_url = AudioUrl.from_dict(d.pop("audio_url"))

        audio_url_part = cls(
            type_=type_,
            audio_url=audio_url,
        )

        return audio_url_part
