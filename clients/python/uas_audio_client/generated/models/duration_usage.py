from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="DurationUsage")


@_attrs_define
class DurationUsage:
    """Seconds of audio of a transcription.

    Attributes:
        seconds (float):
        type_ (Literal['duration'] | Unset):  Default: 'duration'.
    """

    seconds: float
    type_: Literal["duration"] | Unset = "duration"

    def to_dict(self) -> dict[str, Any]:
        seconds = self.seconds

        type_ = self.type_

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "seconds": seconds,
            }
        )
        if type_ is not UNSET:
            field_dict["type"] = type_

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        seconds = d.pop("seconds")

        type_ = cast(Literal["duration"] | Unset, d.pop("type", UNSET))
        if type_ != "duration" and not isinstance(type_, Unset):
            raise ValueError(f"type must match const 'duration', got '{type_}'")

        duration_usage = cls(
            seconds=seconds,
            type_=type_,
        )

        return duration_usage
