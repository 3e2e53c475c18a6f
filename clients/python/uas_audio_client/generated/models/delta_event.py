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
    from ..models.delta_payload import DeltaPayload
    from ..models.segment_info import SegmentInfo


T = TypeVar("T", bound="DeltaEvent")


@_attrs_define
class DeltaEvent:
    """The texts of a segment concatenate to its canonical document.

    Attributes:
        number (int): Place among the numbered events; 1 is first.
        segment (SegmentInfo): A stretch of the stream; seconds from its start. `voice` has an utterance in it.
        data (DeltaPayload): Data of the event `delta`: the texts concatenate to the canonical document.
        event (Literal['delta'] | Unset):  Default: 'delta'.
    """

    number: int
    segment: SegmentInfo
    data: DeltaPayload
    event: Literal["delta"] | Unset = "delta"

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
        from ..models.delta_payload import DeltaPayload  # noqa: PLC0415
        from ..models.segment_info import SegmentInfo  # noqa: PLC0415

        d = dict(src_dict)
        number = d.pop("number")

        segment = SegmentInfo.from_dict(d.pop("segment"))

        data = DeltaPayload.from_dict(d.pop("data"))

        event = cast(Literal["delta"] | Unset, d.pop("event", UNSET))
        if event != "delta" and not isinstance(event, Unset):
            raise ValueError(f"event must match const 'delta', got '{event}'")

        delta_event = cls(
            number=number,
            segment=segment,
            data=data,
            event=event,
        )

        return delta_event
