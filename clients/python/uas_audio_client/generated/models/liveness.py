from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Liveness")


@_attrs_define
class Liveness:
    """The process answers.

    Attributes:
        status (Literal['live'] | Unset):  Default: 'live'.
    """

    status: Literal["live"] | Unset = "live"

    def to_dict(self) -> dict[str, Any]:
        status = self.status

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if status is not UNSET:
            field_dict["status"] = status

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        status = cast(Literal["live"] | Unset, d.pop("status", UNSET))
        if status != "live" and not isinstance(status, Unset):
            raise ValueError(f"status must match const 'live', got '{status}'")

        liveness = cls(
            status=status,
        )

        return liveness
