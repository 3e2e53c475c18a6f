from typing import Literal

SegmentInfoKind = Literal["sound", "voice"]

SEGMENT_INFO_KIND_VALUES: set[SegmentInfoKind] = {
    "sound",
    "voice",
}


def check_segment_info_kind(value: str) -> SegmentInfoKind:
    if value in SEGMENT_INFO_KIND_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {SEGMENT_INFO_KIND_VALUES!r}"
    )
