from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

T = TypeVar("T", bound="Resume")


@_attrs_define
class Resume:
    """First message of a connection that goes on with a session.

    Attributes:
        type_ (Literal['resume']):
        resume_token (str): From `ready` or `going_away`.
        last_number (int): Number of the last event that arrived; 0 is none.
    """

    type_: Literal["resume"]
    resume_token: str
    last_number: int

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        resume_token = self.resume_token

        last_number = self.last_number

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "resume_token": resume_token,
                "last_number": last_number,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = cast(Literal["resume"], d.pop("type"))
        if type_ != "resume":
            raise ValueError(f"type must match const 'resume', got '{type_}'")

        resume_token = d.pop("resume_token")

        last_number = d.pop("last_number")

        resume = cls(
            type_=type_,
            resume_token=resume_token,
            last_number=last_number,
        )

        return resume
