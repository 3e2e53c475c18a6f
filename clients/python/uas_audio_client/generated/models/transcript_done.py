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
    from ..models.token_usage import TokenUsage


T = TypeVar("T", bound="TranscriptDone")


@_attrs_define
class TranscriptDone:
    """Last event of a stream: the whole transcript.

    Attributes:
        text (str):
        usage (TokenUsage): Tokens of a transcription.
        type_ (Literal['transcript.text.done'] | Unset):  Default: 'transcript.text.done'.
    """

    text: str
    usage: TokenUsage
    type_: Literal["transcript.text.done"] | Unset = "transcript.text.done"

    def to_dict(self) -> dict[str, Any]:
        text = self.text

        usage = self.usage.to_dict()

        type_ = self.type_

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "text": text,
                "usage": usage,
            }
        )
        if type_ is not UNSET:
            field_dict["type"] = type_

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.token_usage import TokenUsage  # noqa: PLC0415

        d = dict(src_dict)
        text = d.pop("text")

        usage = TokenUsage.from_dict(d.pop("usage"))

        type_ = cast(Literal["transcript.text.done"] | Unset, d.pop("type", UNSET))
        if type_ != "transcript.text.done" and not isinstance(type_, Unset):
            raise ValueError(
                f"type must match const 'transcript.text.done', got '{type_}'"
            )

        transcript_done = cls(
            text=text,
            usage=usage,
            type_=type_,
        )

        return transcript_done
