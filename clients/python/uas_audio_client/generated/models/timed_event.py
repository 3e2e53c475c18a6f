from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="TimedEvent")


@_attrs_define
class TimedEvent:
    """One discrete sound with its time, in seconds from the start of the clip.

    `end_s` is null where the sound fades out.

        Attributes:
            label (str):
            start_s (float):
            end_s (float | None | Unset):
            confidence (float | None | Unset):
    """

    label: str
    start_s: float
    end_s: float | None | Unset = UNSET
    confidence: float | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        label = self.label

        start_s = self.start_s

        end_s: float | None | Unset
        if isinstance(self.end_s, Unset):
            end_s = UNSET
        else:
            end_s = self.end_s

        confidence: float | None | Unset
        if isinstance(self.confidence, Unset):
            confidence = UNSET
        else:
            confidence = self.confidence

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "label": label,
                "start_s": start_s,
            }
        )
        if end_s is not UNSET:
            field_dict["end_s"] = end_s
        if confidence is not UNSET:
            field_dict["confidence"] = confidence

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        label = d.pop("label")

        start_s = d.pop("start_s")

        def _parse_end_s(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        end_s = _parse_end_s(d.pop("end_s", UNSET))

        def _parse_confidence(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        confidence = _parse_confidence(d.pop("confidence", UNSET))

        timed_event = cls(
            label=label,
            start_s=start_s,
            end_s=end_s,
            confidence=confidence,
        )

        return timed_event
