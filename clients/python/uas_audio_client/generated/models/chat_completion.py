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
    from ..models.chat_choice import ChatChoice
    from ..models.completion_usage import CompletionUsage


T = TypeVar("T", bound="ChatCompletion")


@_attrs_define
class ChatCompletion:
    """Answer of POST /v1/chat/completions. The content is text, or JSON as text.

    Attributes:
        id (str):
        created (int):
        model (str):
        choices (list[ChatChoice]):
        usage (CompletionUsage): Tokens of a chat completion.
        object_ (Literal['chat.completion'] | Unset):  Default: 'chat.completion'.
        system_fingerprint (None | Unset):
    """

    id: str
    created: int
    model: str
    choices: list[ChatChoice]
    usage: CompletionUsage
    object_: Literal["chat.completion"] | Unset = "chat.completion"
    system_fingerprint: None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        created = self.created

        model = self.model

        choices = []
        for choices_item_data in self.choices:
            choices_item = choices_item_data.to_dict()
            choices.append(choices_item)

        usage = self.usage.to_dict()

        object_ = self.object_

        system_fingerprint = self.system_fingerprint

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "created": created,
                "model": model,
                "choices": choices,
                "usage": usage,
            }
        )
        if object_ is not UNSET:
            field_dict["object"] = object_
        if system_fingerprint is not UNSET:
            field_dict["system_fingerprint"] = system_fingerprint

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.chat_choice import ChatChoice  # noqa: PLC0415
        from ..models.completion_usage import CompletionUsage  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        created = d.pop("created")

        model = d.pop("model")

        choices = []
        _choices = d.pop("choices")
        for choices_item_data in _choices:
            choices_item = ChatChoice.from_dict(choices_item_data)

            choices.append(choices_item)

        usage = CompletionUsage.from_dict(d.pop("usage"))

        object_ = cast(Literal["chat.completion"] | Unset, d.pop("object", UNSET))
        if object_ != "chat.completion" and not isinstance(object_, Unset):
            raise ValueError(
                f"object must match const 'chat.completion', got '{object_}'"
            )

        system_fingerprint = d.pop("system_fingerprint", UNSET)

        chat_completion = cls(
            id=id,
            created=created,
            model=model,
            choices=choices,
            usage=usage,
            object_=object_,
            system_fingerprint=system_fingerprint,
        )

        return chat_completion
