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
    from ..models.going_away import GoingAway


T = TypeVar("T", bound="GoingAwayEvent")


@_attrs_define
class GoingAwayEvent:
    """Last event before close code 1001.

    Attributes:
        number (int): Place among the numbered events; 1 is first.
        data (GoingAway): Data of `going_away`: the server stops.

            The token is good for any server of this model: it goes on behind `settled_samples`, with the
            next segment and event. For opus that is where a packet began.
        event (Literal['going_away'] | Unset):  Default: 'going_away'.
    """

    number: int
    data: GoingAway
    event: Literal["going_away"] | Unset = "going_away"

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
        from ..models.going_away import GoingAway  # noqa: PLC0415

        d = dict(src_dict)
        number = d.pop("number")

        data = GoingAway.from_dict(d.pop("data"))

        event = cast(Literal["going_away"] | Unset, d.pop("event", UNSET))
        if event != "going_away" and not isinstance(event, Unset):
            raise ValueError(f"event must match const 'going_away', got '{event}'")

        going_away_event = cls(
            number=number,
            data=data,
            event=event,
        )

        return going_away_event
