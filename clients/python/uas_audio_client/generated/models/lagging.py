from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="Lagging")


@_attrs_define
class Lagging:
    """Data of `lagging`: audio that waits for its documents, and from where on none is read.

    Attributes:
        behind_s (float):
        limit_s (float):
    """

    behind_s: float
    limit_s: float

    def to_dict(self) -> dict[str, Any]:
        behind_s = self.behind_s

        limit_s = self.limit_s

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "behind_s": behind_s,
                "limit_s": limit_s,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        behind_s = d.pop("behind_s")

        limit_s = d.pop("limit_s")

        lagging = cls(
            behind_s=behind_s,
            limit_s=limit_s,
        )

        return lagging
