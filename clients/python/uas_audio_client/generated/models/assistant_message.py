from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="AssistantMessage")


@_attrs_define
class AssistantMessage:
    """The answer.

    Attributes:
        content (str):
        role (Literal['assistant'] | Unset):  Default: 'assistant'.
        refusal (None | Unset):
    """

    content: str
    role: Literal["assistant"] | Unset = "assistant"
    refusal: None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        content = self.content

        role = self.role

        refusal = self.refusal

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "content": content,
            }
        )
        if role is not UNSET:
            field_dict["role"] = role
        if refusal is not UNSET:
            field_dict["refusal"] = refusal

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        content = d.pop("content")

        role = cast(Literal["assistant"] | Unset, d.pop("role", UNSET))
        if role != "assistant" and not isinstance(role, Unset):
            raise ValueError(f"role must match const 'assistant', got '{role}'")

        refusal = d.pop("refusal", UNSET)

        assistant_message = cls(
            content=content,
            role=role,
            refusal=refusal,
        )

        return assistant_message
