from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="Acknowledged")


@_attrs_define
class Acknowledged:
    """Data of `ack`, in samples of the client's, and in bytes of its binary messages.

    What is acknowledged is here, and not wanted again when the connection breaks. What is settled
    has its documents, and is not wanted by another server after this one, either.

        Attributes:
            acknowledged_samples (int):
            acknowledged_bytes (int):
            settled_samples (int):
    """

    acknowledged_samples: int
    acknowledged_bytes: int
    settled_samples: int

    def to_dict(self) -> dict[str, Any]:
        acknowledged_samples = self.acknowledged_samples

        acknowledged_bytes = self.acknowledged_bytes

        settled_samples = self.settled_samples

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "acknowledged_samples": acknowledged_samples,
                "acknowledged_bytes": acknowledged_bytes,
                "settled_samples": settled_samples,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        acknowledged_samples = d.pop("acknowledged_samples")

        acknowledged_bytes = d.pop("acknowledged_bytes")

        settled_samples = d.pop("settled_samples")

        acknowledged = cls(
            acknowledged_samples=acknowledged_samples,
            acknowledged_bytes=acknowledged_bytes,
            settled_samples=settled_samples,
        )

        return acknowledged
