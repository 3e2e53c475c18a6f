from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.segment_info_kind import SegmentInfoKind, check_segment_info_kind

T = TypeVar("T", bound="SegmentInfo")


@_attrs_define
class SegmentInfo:
    """A stretch of the stream; seconds from its start. `voice` has an utterance in it.

    Attributes:
        index (int):
        kind (SegmentInfoKind):
        start_s (float):
        end_s (float):
    """

    index: int
    kind: SegmentInfoKind
    start_s: float
    end_s: float

    def to_dict(self) -> dict[str, Any]:
        index = self.index

        kind: str = self.kind

        start_s = self.start_s

        end_s = self.end_s

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "index": index,
                "kind": kind,
                "start_s": start_s,
                "end_s": end_s,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        index = d.pop("index")

        kind = check_segment_info_kind(d.pop("kind"))

        start_s = d.pop("start_s")

        end_s = d.pop("end_s")

        segment_info = cls(
            index=index,
            kind=kind,
            start_s=start_s,
            end_s=end_s,
        )

        return segment_info
