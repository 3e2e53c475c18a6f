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
    from ..models.acknowledged import Acknowledged


T = TypeVar("T", bound="AckEvent")


@_attrs_define
class AckEvent:
    """About once for every second of audio.

    Attributes:
        data (Acknowledged): Data of `ack`, in samples of the client's, and in bytes of its binary messages.

            What is acknowledged is here, and not wanted again when the connection breaks. What is settled
            has its documents, and is not wanted by another server after this one, either.
        event (Literal['ack'] | Unset):  Default: 'ack'.
    """

    data: Acknowledged
    event: Literal["ack"] | Unset = "ack"

    def to_dict(self) -> dict[str, Any]:
        data = self.data.to_dict()

        event = self.event

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "data": data,
            }
        )
        if event is not UNSET:
            field_dict["event"] = event

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.acknowledged import Acknowledged  # noqa: PLC0415

        d = dict(src_dict)
        data = Acknowledged.from_dict(d.pop("data"))

        event = cast(Literal["ack"] | Unset, d.pop("event", UNSET))
        if event != "ack" and not isinstance(event, Unset):
            raise ValueError(f"event must match const 'ack', got '{event}'")

        ack_event = cls(
            data=data,
            event=event,
        )

        return ack_event
