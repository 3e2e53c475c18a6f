from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="PromptTokens")


@_attrs_define
class PromptTokens:
    """Part of the prompt that is audio.

    Attributes:
        audio_tokens (int):
    """

    audio_tokens: int

    def to_dict(self) -> dict[str, Any]:
        audio_tokens = self.audio_tokens

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "audio_tokens": audio_tokens,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        audio_tokens = d.pop("audio_tokens")

        prompt_tokens = cls(
            audio_tokens=audio_tokens,
        )

        return prompt_tokens
