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
    from ..models.done import Done


T = TypeVar("T", bound="DoneEvent")


@_attrs_define
class DoneEvent:
    """Last event before close code 1000.

    Attributes:
        number (int): Place among the numbered events; 1 is first.
        data (Done): Data of `done`: everything that was sent has its document.
        event (Literal['done'] | Unset):  Default: 'done'.
    """

    number: int
    data: Done
    event: Literal["done"] | Unset = "done"

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
        from ..models.done import Done  # noqa: PLC0415

        d = dict(src_dict)
        number = d.pop("number")

        data = Done.from_dict(d.pop("data"))

        event = cast(Literal["done"] | Unset, d.pop("event", UNSET))
        if event != "done" and not isinstance(event, Unset):
            raise ValueError(f"event must match const 'done', got '{event}'")

        done_event = cls(
            number=number,
            data=data,
            event=event,
        )

        return done_event
