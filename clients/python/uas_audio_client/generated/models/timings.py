from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Timings")


@_attrs_define
class Timings:
    """Seconds by stage; null where a stage did not take place or is not known.

    Attributes:
        total_s (float):
        queue_s (float | None | Unset):
        decode_s (float | None | Unset):
        draft_s (float | None | Unset):
        encode_s (float | None | Unset):
        generate_s (float | None | Unset):
        first_event_s (float | None | Unset):
    """

    total_s: float
    queue_s: float | None | Unset = UNSET
    decode_s: float | None | Unset = UNSET
    draft_s: float | None | Unset = UNSET
    encode_s: float | None | Unset = UNSET
    generate_s: float | None | Unset = UNSET
    first_event_s: float | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        total_s = self.total_s

        queue_s: float | None | Unset
        if isinstance(self.queue_s, Unset):
            queue_s = UNSET
        else:
            queue_s = self.queue_s

        decode_s: float | None | Unset
        if isinstance(self.decode_s, Unset):
            decode_s = UNSET
        else:
            decode_s = self.decode_s

        draft_s: float | None | Unset
        if isinstance(self.draft_s, Unset):
            draft_s = UNSET
        else:
            draft_s = self.draft_s

        encode_s: float | None | Unset
        if isinstance(self.encode_s, Unset):
            encode_s = UNSET
        else:
            encode_s = self.encode_s

        generate_s: float | None | Unset
        if isinstance(self.generate_s, Unset):
            generate_s = UNSET
        else:
            generate_s = self.generate_s

        first_event_s: float | None | Unset
        if isinstance(self.first_event_s, Unset):
            first_event_s = UNSET
        else:
            first_event_s = self.first_event_s

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "total_s": total_s,
            }
        )
        if queue_s is not UNSET:
            field_dict["queue_s"] = queue_s
        if decode_s is not UNSET:
            field_dict["decode_s"] = decode_s
        if draft_s is not UNSET:
            field_dict["draft_s"] = draft_s
        if encode_s is not UNSET:
            field_dict["encode_s"] = encode_s
        if generate_s is not UNSET:
            field_dict["generate_s"] = generate_s
        if first_event_s is not UNSET:
            field_dict["first_event_s"] = first_event_s

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        total_s = d.pop("total_s")

        def _parse_queue_s(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        queue_s = _parse_queue_s(d.pop("queue_s", UNSET))

        def _parse_decode_s(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        decode_s = _parse_decode_s(d.pop("decode_s", UNSET))

        def _parse_draft_s(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        draft_s = _parse_draft_s(d.pop("draft_s", UNSET))

        def _parse_encode_s(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        encode_s = _parse_encode_s(d.pop("encode_s", UNSET))

        def _parse_generate_s(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        generate_s = _parse_generate_s(d.pop("generate_s", UNSET))

        def _parse_first_event_s(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        first_event_s = _parse_first_event_s(d.pop("first_event_s", UNSET))

        timings = cls(
            total_s=total_s,
            queue_s=queue_s,
            decode_s=decode_s,
            draft_s=draft_s,
            encode_s=encode_s,
            generate_s=generate_s,
            first_event_s=first_event_s,
        )

        return timings
