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
    from ..models.error_body import ErrorBody
    from ..models.segment_info import SegmentInfo


T = TypeVar("T", bound="ErrorEvent")


@_attrs_define
class ErrorEvent:
    """With a segment: it has no document, and the session goes on. Without: it ends.

    Attributes:
        data (ErrorBody): The body of every answer that is not a success.
        event (Literal['error'] | Unset):  Default: 'error'.
        number (int | None | Unset):
        segment (None | SegmentInfo | Unset):
    """

    data: ErrorBody
    event: Literal["error"] | Unset = "error"
    number: int | None | Unset = UNSET
    segment: None | SegmentInfo | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.segment_info import SegmentInfo  # noqa: PLC0415

        data = self.data.to_dict()

        event = self.event

        number: int | None | Unset
        if isinstance(self.number, Unset):
            number = UNSET
        else:
            number = self.number

        segment: dict[str, Any] | None | Unset
        if isinstance(self.segment, Unset):
            segment = UNSET
        elif isinstance(self.segment, SegmentInfo):
            segment = self.segment.to_dict()
        else:
            segment = self.segment

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "data": data,
            }
        )
        if event is not UNSET:
            field_dict["event"] = event
        if number is not UNSET:
            field_dict["number"] = number
        if segment is not UNSET:
            field_dict["segment"] = segment

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.error_body import ErrorBody  # noqa: PLC0415
        from ..models.segment_info import SegmentInfo  # noqa: PLC0415

        d = dict(src_dict)
        data = ErrorBody.from_dict(d.pop("data"))

        event = cast(Literal["error"] | Unset, d.pop("event", UNSET))
        if event != "error" and not isinstance(event, Unset):
            raise ValueError(f"event must match const 'error', got '{event}'")

        def _parse_number(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        number = _parse_number(d.pop("number", UNSET))

        def _parse_segment(data: object) -> None | SegmentInfo | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                segment_type_0 = SegmentInfo.from_dict(data)

                return segment_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SegmentInfo | Unset, data)

        segment = _parse_segment(d.pop("segment", UNSET))

        error_event = cls(
            data=data,
            event=event,
            number=number,
            segment=segment,
        )

        return error_event
