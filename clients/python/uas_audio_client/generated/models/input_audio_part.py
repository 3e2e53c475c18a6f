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
    from ..models.input_audio import InputAudio


T = TypeVar("T", bound="InputAudioPart")


@_attrs_define
class InputAudioPart:
    """A part of a message that is the clip.

    Attributes:
        type_ (Literal['input_audio']):
        input_audio (InputAudio): A clip in base64. `format` is taken and not believed: the content tells the container.
    """

    type_: Literal["input_audio"]
    input_audio: InputAudio

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        input_audio = self.input_audio.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "input_audio": input_audio,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.input_audio import InputAudio  # noqa: PLC0415

        d = dict(src_dict)
        type_ = cast(Literal["input_audio"], d.pop("type"))
        if type_ != "input_audio":
            raise ValueError(f"type must match const 'input_audio', got '{type_}'")

        input_audio = InputAudio.from_dict(d.pop("input_audio"))

        input_audio_part = cls(
            type_=type_,
            input_audio=input_audio,
        )

        return input_audio_part
