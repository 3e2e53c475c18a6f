from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="Done")


@_attrs_define
class Done:
    """Data of `done`: everything that was sent has its document.

    Attributes:
        segments (int):
        audio_s (float):
    """

    segments: int
    audio_s: float

    def to_dict(self) -> dict[str, Any]:
        segments = self.segments

        audio_s = self.audio_s

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "segments": segments,
                "audio_s": audio_s,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        segments = d.pop("segments")

        audio_s = d.pop("audio_s")

        done = cls(
            segments=segments,
            audio_s=audio_s,
        )

        return done
