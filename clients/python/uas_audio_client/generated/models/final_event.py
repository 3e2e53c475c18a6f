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
    from ..models.uas_envelope import UasEnvelope


T = TypeVar("T", bound="FinalEvent")


@_attrs_define
class FinalEvent:
    """The answer for a segment; times inside it are from the segment's start.

    Attributes:
        number (int): Place among the numbered events; 1 is first.
        segment (SegmentInfo): A stretch of the stream; seconds from its start. `voice` has an utterance in it.
        data (UasEnvelope): Answer of POST /v1/uas.

            `incomplete` lists the paths that the token budget cut or did not reach; `truncated` says that
            there are any. `segments` holds the windows of a long clip, else one for the whole clip. `words`
            are those of all segments, null where those of any segment are. `events` are the sounds whose
            times are known, null where none is.
        event (Literal['final'] | Unset):  Default: 'final'.
    """

    number: int
    segment: SegmentInfo
    data: UasEnvelope
    event: Literal["final"] | Unset = "final"

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
        from ..models.segment_info import SegmentInfo  # noqa: PLC0415
        from ..models.uas_envelope import UasEnvelope  # noqa: PLC0415

        d = dict(src_dict)
        number = d.pop("number")

        segment = SegmentInfo.from_dict(d.pop("segment"))

        data = UasEnvelope.from_dict(d.pop("data"))

        event = cast(Literal["final"] | Unset, d.pop("event", UNSET))
        if event != "final" and not isinstance(event, Unset):
            raise ValueError(f"event must match const 'final', got '{event}'")

        final_event = cls(
            number=number,
            segment=segment,
            data=data,
            event=event,
        )

        return final_event
