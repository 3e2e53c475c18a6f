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

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.segment_info import SegmentInfo


T = TypeVar("T", bound="SegmentEvent")


@_attrs_define
class SegmentEvent:
    """A segment has ended and waits for its document.

    Attributes:
        number (int): Place among the numbered events; 1 is first.
        segment (SegmentInfo): A stretch of the stream; seconds from its start. `voice` has an utterance in it.
        event (Literal['segment'] | Unset):  Default: 'segment'.
    """

    number: int
    segment: SegmentInfo
    event: Literal["segment"] | Unset = "segment"

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        segment = self.segment.to_dict()

        event = self.event

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "number": number,
                "segment": segment,
            }
        )
        if event is not UNSET:
            field_dict["event"] = event

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.segment_info import SegmentInfo  # noqa: PLC0415

        d = dict(src_dict)
        number = d.pop("number")

        segment = SegmentInfo.from_dict(d.pop("segment"))

        event = cast(Literal["segment"] | Unset, d.pop("event", UNSET))
        if event != "segment" and not isinstance(event, Unset):
            raise ValueError(f"event must match const 'segment', got '{event}'")

        segment_event = cls(
            number=number,
            segment=segment,
            event=event,
        )

        return segment_event
