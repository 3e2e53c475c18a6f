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
    from ..models.input_tokens import InputTokens


T = TypeVar("T", bound="TokenUsage")


@_attrs_define
class TokenUsage:
    """Tokens of a transcription.

    Attributes:
        input_tokens (int):
        output_tokens (int):
        total_tokens (int):
        input_token_details (InputTokens): Tokens of the prompt by kind.
        type_ (Literal['tokens'] | Unset):  Default: 'tokens'.
    """

    input_tokens: int
    output_tokens: int
    total_tokens: int
    input_token_details: InputTokens
    type_: Literal["tokens"] | Unset = "tokens"

    def to_dict(self) -> dict[str, Any]:
        input_tokens = self.input_tokens

        output_tokens = self.output_tokens

        total_tokens = self.total_tokens

        input_token_details = self.input_token_details.to_dict()

        type_ = self.type_

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "input_tokens": input_tokens,
                "output_tokens": output_tokens,
                "total_tokens": total_tokens,
                "input_token_details": input_token_details,
            }
        )
        if type_ is not UNSET:
            field_dict["type"] = type_

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.input_tokens import InputTokens  # noqa: PLC0415

        d = dict(src_dict)
        input_tokens = d.pop("input_tokens")

        output_tokens = d.pop("output_tokens")

        total_tokens = d.pop("total_tokens")

        input_token_details = InputTokens.from_dict(d.pop("input_token_details"))

        type_ = cast(Literal["tokens"] | Unset, d.pop("type", UNSET))
        if type_ != "tokens" and not isinstance(type_, Unset):
            raise ValueError(f"type must match const 'tokens', got '{type_}'")

        token_usage = cls(
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            total_tokens=total_tokens,
            input_token_details=input_token_details,
            type_=type_,
        )

        return token_usage
