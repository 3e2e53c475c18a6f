from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="FieldPayload")


@_attrs_define
class FieldPayload:
    """Data of the event `field`: one value of the document is known.

    Attributes:
        path (str):
        value (Any):
    """

    path: str
    value: Any

    def to_dict(self) -> dict[str, Any]:
        path = self.path

        value = self.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "path": path,
                "value": value,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        path = d.pop("path")

        value = d.pop("value")

        field_payload = cls(
            path=path,
            value=value,
        )

        return field_payload
