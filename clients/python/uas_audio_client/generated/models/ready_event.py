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
    from ..models.ready import Ready


T = TypeVar("T", bound="ReadyEvent")


@_attrs_define
class ReadyEvent:
    """The session is there; send audio.

    Attributes:
        data (Ready): Data of `ready`. Audio goes on behind `acknowledged_samples`, which are the client's own.

            A stream of webm or ogg goes on behind `acknowledged_bytes`, which are those of the session's
            binary messages; after a `going_away` that is a new stream, from its first byte.
        event (Literal['ready'] | Unset):  Default: 'ready'.
    """

    data: Ready
    event: Literal["ready"] | Unset = "ready"

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
        from ..models.ready import Ready  # noqa: PLC0415

        d = dict(src_dict)
        data = Ready.from_dict(d.pop("data"))

        event = cast(Literal["ready"] | Unset, d.pop("event", UNSET))
        if event != "ready" and not isinstance(event, Unset):
            raise ValueError(f"event must match const 'ready', got '{event}'")

        ready_event = cls(
            data=data,
            event=event,
        )

        return ready_event
