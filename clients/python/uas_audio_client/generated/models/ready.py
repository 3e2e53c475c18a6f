from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="Ready")


@_attrs_define
class Ready:
    """Data of `ready`. Audio goes on behind `acknowledged_samples`, which are the client's own.

    A stream of webm or ogg goes on behind `acknowledged_bytes`, which are those of the session's
    binary messages; after a `going_away` that is a new stream, from its first byte.

        Attributes:
            session (str):
            model (str):
            resume_token (str):
            resume_within_s (float):
            acknowledged_samples (int):
            acknowledged_bytes (int):
    """

    session: str
    model: str
    resume_token: str
    resume_within_s: float
    acknowledged_samples: int
    acknowledged_bytes: int

    def to_dict(self) -> dict[str, Any]:
        session = self.session

        model = self.model

        resume_token = self.resume_token

        resume_within_s = self.resume_within_s

        acknowledged_samples = self.acknowledged_samples

        acknowledged_bytes = self.acknowledged_bytes

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "session": session,
                "model": model,
                "resume_token": resume_token,
                "resume_within_s": resume_within_s,
                "acknowledged_samples": acknowledged_samples,
                "acknowledged_bytes": acknowledged_bytes,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        session = d.pop("session")

        model = d.pop("model")

        resume_token = d.pop("resume_token")

        resume_within_s = d.pop("resume_within_s")

        acknowledged_samples = d.pop("acknowledged_samples")

        acknowledged_bytes = d.pop("acknowledged_bytes")

        ready = cls(
            session=session,
            model=model,
            resume_token=resume_token,
            resume_within_s=resume_within_s,
            acknowledged_samples=acknowledged_samples,
            acknowledged_bytes=acknowledged_bytes,
        )

        return ready
