from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..models.chat_choice_finish_reason import (
    ChatChoiceFinishReason,
    check_chat_choice_finish_reason,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.assistant_message import AssistantMessage


T = TypeVar("T", bound="ChatChoice")


@_attrs_define
class ChatChoice:
    """The one answer of a completion; `length` says that the token budget or the time cut it.

    Attributes:
        message (AssistantMessage): The answer.
        finish_reason (ChatChoiceFinishReason):
        index (int | Unset):  Default: 0.
        logprobs (None | Unset):
    """

    message: AssistantMessage
    finish_reason: ChatChoiceFinishReason
    index: int | Unset = 0
    logprobs: None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        message = self.message.to_dict()

        finish_reason: str = self.finish_reason

        index = self.index

        logprobs = self.logprobs

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "message": message,
                "finish_reason": finish_reason,
            }
        )
        if index is not UNSET:
            field_dict["index"] = index
        if logprobs is not UNSET:
            field_dict["logprobs"] = logprobs

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.assistant_message import AssistantMessage  # noqa: PLC0415

        d = dict(src_dict)
        message = AssistantMessage.from_dict(d.pop("message"))

        finish_reason = check_chat_choice_finish_reason(d.pop("finish_reason"))

        index = d.pop("index", UNSET)

        logprobs = d.pop("logprobs", UNSET)

        chat_choice = cls(
            message=message,
            finish_reason=finish_reason,
            index=index,
            logprobs=logprobs,
        )

        return chat_choice
