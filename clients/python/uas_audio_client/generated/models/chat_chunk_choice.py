from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.chat_chunk_choice_finish_reason_type_0 import (
    ChatChunkChoiceFinishReasonType0,
    check_chat_chunk_choice_finish_reason_type_0,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.chat_delta import ChatDelta


T = TypeVar("T", bound="ChatChunkChoice")


@_attrs_define
class ChatChunkChoice:
    """The one answer of a chunk.

    Attributes:
        delta (ChatDelta): What a chunk adds to the message.
        index (int | Unset):  Default: 0.
        finish_reason (ChatChunkChoiceFinishReasonType0 | None | Unset):
        logprobs (None | Unset):
    """

    delta: ChatDelta
    index: int | Unset = 0
    finish_reason: ChatChunkChoiceFinishReasonType0 | None | Unset = UNSET
    logprobs: None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        delta = self.delta.to_dict()

        index = self.index

        finish_reason: None | str | Unset
        if isinstance(self.finish_reason, Unset):
            finish_reason = UNSET
        elif isinstance(self.finish_reason, str):
            finish_reason = self.finish_reason
        else:
            finish_reason = self.finish_reason

        logprobs = self.logprobs

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "delta": delta,
            }
        )
        if index is not UNSET:
            field_dict["index"] = index
        if finish_reason is not UNSET:
            field_dict["finish_reason"] = finish_reason
        if logprobs is not UNSET:
            field_dict["logprobs"] = logprobs

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.chat_delta import ChatDelta  # noqa: PLC0415

        d = dict(src_dict)
        delta = ChatDelta.from_dict(d.pop("delta"))

        index = d.pop("index", UNSET)

        def _parse_finish_reason(
            data: object,
        ) -> ChatChunkChoiceFinishReasonType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                finish_reason_type_0 = check_chat_chunk_choice_finish_reason_type_0(
                    data
                )

                return finish_reason_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ChatChunkChoiceFinishReasonType0 | None | Unset, data)

        finish_reason = _parse_finish_reason(d.pop("finish_reason", UNSET))

        logprobs = d.pop("logprobs", UNSET)

        chat_chunk_choice = cls(
            delta=delta,
            index=index,
            finish_reason=finish_reason,
            logprobs=logprobs,
        )

        return chat_chunk_choice
