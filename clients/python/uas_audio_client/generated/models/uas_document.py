from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.non_linguistic_events import NonLinguisticEvents
    from ..models.paralinguistics import Paralinguistics


T = TypeVar("T", bound="UasDocument")


@_attrs_define
class UasDocument:
    """A Unified Audio Schema document.

    Strings lose their control characters on the way in, so equal documents have equal text.
    Attributes are snake_case; JSON keys are camelCase.

        Attributes:
            transcription (None | str):
            paralinguistics (Paralinguistics): How it was said. All null when there is no human voice.
            non_linguistic_events (NonLinguisticEvents): What else was heard.
    """

    transcription: None | str
    paralinguistics: Paralinguistics
    non_linguistic_events: NonLinguisticEvents

    def to_dict(self) -> dict[str, Any]:
        transcription: None | str
        transcription = self.transcription

        paralinguistics = self.paralinguistics.to_dict()

        non_linguistic_events = self.non_linguistic_events.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "transcription": transcription,
                "paralinguistics": paralinguistics,
                "nonLinguisticEvents": non_linguistic_events,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.non_linguistic_events import NonLinguisticEvents  # noqa: PLC0415
        from ..models.paralinguistics import Paralinguistics  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_transcription(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        transcription = _parse_transcription(d.pop("transcription"))

        paralinguistics = Paralinguistics.from_dict(d.pop("paralinguistics"))

        non_linguistic_events = NonLinguisticEvents.from_dict(
            d.pop("nonLinguisticEvents")
        )

        uas_document = cls(
            transcription=transcription,
            paralinguistics=paralinguistics,
            non_linguistic_events=non_linguistic_events,
        )

        return uas_document
