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

T = TypeVar("T", bound="TranscriptDelta")


@_attrs_define
class TranscriptDelta:
    """Event of a stream: the transcript goes on with this text.

    Attributes:
        delta (str):
        type_ (Literal['transcript.text.delta'] | Unset):  Default: 'transcript.text.delta'.
    """

    delta: str
    type_: Literal["transcript.text.delta"] | Unset = "transcript.text.delta"

    def to_dict(self) -> dict[str, Any]:
        delta = self.delta

        type_ = self.type_

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "delta": delta,
            }
        )
        if type_ is not UNSET:
            field_dict["type"] = type_

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        delta = d.pop("delta")

        type_ = cast(Literal["transcript.text.delta"] | Unset, d.pop("type", UNSET))
        if type_ != "transcript.text.delta" and not isinstance(type_, Unset):
            raise ValueError(
                f"type must match const 'transcript.text.delta', got '{type_}'"
            )

        transcript_delta = cls(
            delta=delta,
            type_=type_,
        )

        return transcript_delta
