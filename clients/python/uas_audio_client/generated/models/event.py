from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="Event")


@_attrs_define
class Event:
    """A sound that is not speech.

    Attributes:
        label (str):
        characteristic (str):
    """

    label: str
    characteristic: str

    def to_dict(self) -> dict[str, Any]:
        label = self.label

        characteristic = self.characteristic

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "label": label,
                "characteristic": characteristic,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        label = d.pop("label")

        characteristic = d.pop("characteristic")

        event = cls(
            label=label,
            characteristic=characteristic,
        )

        return event
