from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.token_usage import TokenUsage


T = TypeVar("T", bound="Transcription")


@_attrs_define
class Transcription:
    """Answer with response_format=json.

    Attributes:
        text (str):
        usage (TokenUsage): Tokens of a transcription.
    """

    text: str
    usage: TokenUsage

    def to_dict(self) -> dict[str, Any]:
        text = self.text

        usage = self.usage.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "text": text,
                "usage": usage,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.token_usage import TokenUsage  # noqa: PLC0415

        d = dict(src_dict)
        text = d.pop("text")

        usage = TokenUsage.from_dict(d.pop("usage"))

        transcription = cls(
            text=text,
            usage=usage,
        )

        return transcription
