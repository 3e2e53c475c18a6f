from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="GoingAway")


@_attrs_define
class GoingAway:
    """Data of `going_away`: the server stops.

    The token is good for any server of this model: it goes on behind `settled_samples`, with the
    next segment and event. For opus that is where a packet began.

        Attributes:
            resume_token (str):
            settled_samples (int):
    """

    resume_token: str
    settled_samples: int

    def to_dict(self) -> dict[str, Any]:
        resume_token = self.resume_token

        settled_samples = self.settled_samples

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "resume_token": resume_token,
                "settled_samples": settled_samples,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        resume_token = d.pop("resume_token")

        settled_samples = d.pop("settled_samples")

        going_away = cls(
            resume_token=resume_token,
            settled_samples=settled_samples,
        )

        return going_away
