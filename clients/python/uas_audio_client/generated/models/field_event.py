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
    from ..models.field_payload import FieldPayload
    from ..models.segment_info import SegmentInfo


T = TypeVar("T", bound="FieldEvent")


@_attrs_define
class FieldEvent:
    """One value of a segment's document is known.

    Attributes:
        number (int): Place among the numbered events; 1 is first.
        segment (SegmentInfo): A stretch of the stream; seconds from its start. `voice` has an utterance in it.
        data (FieldPayload): Data of the event `field`: one value of the document is known.
        event (Literal['field'] | Unset):  Default: 'field'.
    """

    number: int
    segment: SegmentInfo
    data: FieldPayload
    event: Literal["field"] | Unset = "field"

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        segment = self.segment.to_dict()

        data = self.data.to_dict()

        event = self.event

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "number": number,
                "segment": segment,
                "data": data,
            }
        )
        if event is not UNSET:
            field_dict["event"] = event

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.field_payload import FieldPayload  # noqa: PLC0415
        from ..models.segment_info import SegmentInfo  # noqa: PLC0415

        d = dict(src_dict)
        number = d.pop("number")

        segment = SegmentInfo.from_dict(d.pop("segment"))

        data = FieldPayload.from_dict(d.pop("data"))

        event = cast(Literal["field"] | Unset, d.pop("event", UNSET))
        if event != "field" and not isinstance(event, Unset):
            raise ValueError(f"event must match const 'field', got '{event}'")

        field_event = cls(
            number=number,
            segment=segment,
            data=data,
            event=event,
        )

        return field_event
