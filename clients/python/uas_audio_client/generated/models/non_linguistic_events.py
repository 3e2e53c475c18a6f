from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.event import Event


T = TypeVar("T", bound="NonLinguisticEvents")


@_attrs_define
class NonLinguisticEvents:
    """What else was heard.

    Attributes:
        description (None | str):
        discrete_events (list[Event]):
        continuous_events (list[Event]):
    """

    description: None | str
    discrete_events: list[Event]
    continuous_events: list[Event]

    def to_dict(self) -> dict[str, Any]:
        description: None | str
        description = self.description

        discrete_events = []
        for discrete_events_item_data in self.discrete_events:
            discrete_events_item = discrete_events_item_data.to_dict()
            discrete_events.append(discrete_events_item)

        continuous_events = []
        for continuous_events_item_data in self.continuous_events:
            continuous_events_item = continuous_events_item_data.to_dict()
            continuous_events.append(continuous_events_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "description": description,
                "discreteEvents": discrete_events,
                "continuousEvents": continuous_events,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.event import Event  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_description(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        description = _parse_description(d.pop("description"))

        discrete_events = []
        _discrete_events = d.pop("discreteEvents")
        for discrete_events_item_data in _discrete_events:
            discrete_events_item = Event.from_dict(discrete_events_item_data)

            discrete_events.append(discrete_events_item)

        continuous_events = []
        _continuous_events = d.pop("continuousEvents")
        for continuous_events_item_data in _continuous_events:
            continuous_events_item = Event.from_dict(continuous_events_item_data)

            continuous_events.append(continuous_events_item)

        non_linguistic_events = cls(
            description=description,
            discrete_events=discrete_events,
            continuous_events=continuous_events,
        )

        return non_linguistic_events
