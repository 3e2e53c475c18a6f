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
    from ..models.chat_chunk_choice import ChatChunkChoice
    from ..models.completion_usage import CompletionUsage


T = TypeVar("T", bound="ChatChunk")


@_attrs_define
class ChatChunk:
    """One event of a stream; the last one, when usage was asked for, has no choices.

    Attributes:
        id (str):
        created (int):
        model (str):
        choices (list[ChatChunkChoice]):
        object_ (Literal['chat.completion.chunk'] | Unset):  Default: 'chat.completion.chunk'.
        usage (CompletionUsage | None | Unset):
        system_fingerprint (None | Unset):
    """

    id: str
    created: int
    model: str
    choices: list[ChatChunkChoice]
    object_: Literal["chat.completion.chunk"] | Unset = "chat.completion.chunk"
    usage: CompletionUsage | None | Unset = UNSET
    system_fingerprint: None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.completion_usage import CompletionUsage  # noqa: PLC0415

        id = self.id

        created = self.created

        model = self.model

        choices = []
        for choices_item_data in self.choices:
            choices_item = choices_item_data.to_dict()
            choices.append(choices_item)

        object_ = self.object_

        usage: dict[str, Any] | None | Unset
        if isinstance(self.usage, Unset):
            usage = UNSET
        elif isinstance(self.usage, CompletionUsage):
            usage = self.usage.to_dict()
        else:
            usage = self.usage

        system_fingerprint = self.system_fingerprint

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "created": created,
                "model": model,
                "choices": choices,
            }
        )
        if object_ is not UNSET:
            field_dict["object"] = object_
        if usage is not UNSET:
            field_dict["usage"] = usage
        if system_fingerprint is not UNSET:
            field_dict["system_fingerprint"] = system_fingerprint

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.chat_chunk_choice import ChatChunkChoice  # noqa: PLC0415
        from ..models.completion_usage import CompletionUsage  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        created = d.pop("created")

        model = d.pop("model")

        choices = []
        _choices = d.pop("choices")
        for choices_item_data in _choices:
            choices_item = ChatChunkChoice.from_dict(choices_item_data)

            choices.append(choices_item)

        object_ = cast(Literal["chat.completion.chunk"] | Unset, d.pop("object", UNSET))
        if object_ != "chat.completion.chunk" and not isinstance(object_, Unset):
            raise ValueError(
                f"object must match const 'chat.completion.chunk', got '{object_}'"
            )

        def _parse_usage(data: object) -> CompletionUsage | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                usage_type_0 = CompletionUsage.from_dict(data)

                return usage_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CompletionUsage | None | Unset, data)

        usage = _parse_usage(d.pop("usage", UNSET))

        system_fingerprint = d.pop("system_fingerprint", UNSET)

        chat_chunk = cls(
            id=id,
            created=created,
            model=model,
            choices=choices,
            object_=object_,
            usage=usage,
            system_fingerprint=system_fingerprint,
        )

        return chat_chunk
