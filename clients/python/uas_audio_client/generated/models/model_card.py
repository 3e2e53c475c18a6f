from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

from ..models.model_card_audio import ModelCardAudio, check_model_card_audio
from ..models.model_card_draft import ModelCardDraft, check_model_card_draft
from ..types import UNSET, Unset

T = TypeVar("T", bound="ModelCard")


@_attrs_define
class ModelCard:
    """One model. `licence` is the SPDX expression of its weights; `variant` says on which data.

    It takes `window_s` seconds at once: so long may be what a question is asked about. For
    documents longer clips are cut to `document_window_s`. `audio` says what a clip is for it: the
    encoder's `states`, or `tokens` of a codebook.

        Attributes:
            id (str):
            created (int):
            licence (str):
            variant (None | str):
            languages (list[str]):
            window_s (int):
            document_window_s (int):
            prompt_family (str):
            draft (ModelCardDraft):
            audio (ModelCardAudio):
            probabilities (bool):
            ready (bool):
            object_ (Literal['model'] | Unset):  Default: 'model'.
            owned_by (str | Unset):  Default: 'uas-audio'.
    """

    id: str
    created: int
    licence: str
    variant: None | str
    languages: list[str]
    window_s: int
    document_window_s: int
    prompt_family: str
    draft: ModelCardDraft
    audio: ModelCardAudio
    probabilities: bool
    ready: bool
    object_: Literal["model"] | Unset = "model"
    owned_by: str | Unset = "uas-audio"

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        created = self.created

        licence = self.licence

        variant: None | str
        variant = self.variant

        languages = self.languages

        window_s = self.window_s

        document_window_s = self.document_window_s

        prompt_family = self.prompt_family

        draft: str = self.draft

        audio: str = self.audio

        probabilities = self.probabilities

        ready = self.ready

        object_ = self.object_

        owned_by = self.owned_by

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "created": created,
                "licence": licence,
                "variant": variant,
                "languages": languages,
                "window_s": window_s,
                "document_window_s": document_window_s,
                "prompt_family": prompt_family,
                "draft": draft,
                "audio": audio,
                "probabilities": probabilities,
                "ready": ready,
            }
        )
        if object_ is not UNSET:
            field_dict["object"] = object_
        if owned_by is not UNSET:
            field_dict["owned_by"] = owned_by

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        created = d.pop("created")

        licence = d.pop("licence")

        def _parse_variant(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        variant = _parse_variant(d.pop("variant"))

        languages = cast(list[str], d.pop("languages"))

        window_s = d.pop("window_s")

        document_window_s = d.pop("document_window_s")

        prompt_family = d.pop("prompt_family")

        draft = check_model_card_draft(d.pop("draft"))

        audio = check_model_card_audio(d.pop("audio"))

        probabilities = d.pop("probabilities")

        ready = d.pop("ready")

        object_ = cast(Literal["model"] | Unset, d.pop("object", UNSET))
        if object_ != "model" and not isinstance(object_, Unset):
            raise ValueError(f"object must match const 'model', got '{object_}'")

        owned_by = d.pop("owned_by", UNSET)

        model_card = cls(
            id=id,
            created=created,
            licence=licence,
            variant=variant,
            languages=languages,
            window_s=window_s,
            document_window_s=document_window_s,
            prompt_family=prompt_family,
            draft=draft,
            audio=audio,
            probabilities=probabilities,
            ready=ready,
            object_=object_,
            owned_by=owned_by,
        )

        return model_card
