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
    from ..models.lagging import Lagging


T = TypeVar("T", bound="LaggingEvent")


@_attrs_define
class LaggingEvent:
    """The model does not keep up.

    Attributes:
        number (int): Place among the numbered events; 1 is first.
        data (Lagging): Data of `lagging`: audio that waits for its documents, and from where on none is read.
        event (Literal['lagging'] | Unset):  Default: 'lagging'.
    """

    number: int
    data: Lagging
    event: Literal["lagging"] | Unset = "lagging"

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        data = self.data.to_dict()

        event = self.event

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "number": number,
                "data": data,
            }
        )
        if event is not UNSET:
            field_dict["event"] = event

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lagging import Lagging  # noqa: PLC0415

        d = dict(src_dict)
        number = d.pop("number")

        data = Lagging.from_dict(d.pop("data"))

        event = cast(Literal["lagging"] | Unset, d.pop("event", UNSET))
        if event != "lagging" and not isinstance(event, Unset):
            raise ValueError(f"event must match const 'lagging', got '{event}'")

        lagging_event = cls(
            number=number,
            data=data,
            event=event,
        )

        return lagging_event
