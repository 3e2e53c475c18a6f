from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.uas_document import UasDocument
    from ..models.word import Word


T = TypeVar("T", bound="Segment")


@_attrs_define
class Segment:
    """One window of a clip that is longer than the model's, with its own document.

    `words` are null where nobody asked for them or their times are not known.

        Attributes:
            start_s (float):
            end_s (float):
            uas (UasDocument): A Unified Audio Schema document.

                Strings lose their control characters on the way in, so equal documents have equal text.
                Attributes are snake_case; JSON keys are camelCase.
            words (list[Word] | None | Unset):
    """

    start_s: float
    end_s: float
    uas: UasDocument
    words: list[Word] | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        start_s = self.start_s

        end_s = self.end_s

        uas = self.uas.to_dict()

        words: list[dict[str, Any]] | None | Unset
        if isinstance(self.words, Unset):
            words = UNSET
        elif isinstance(self.words, list):
            words = []
            for words_type_0_item_data in self.words:
                words_type_0_item = words_type_0_item_data.to_dict()
                words.append(words_type_0_item)

        else:
            words = self.words

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "start_s": start_s,
                "end_s": end_s,
                "uas": uas,
            }
        )
        if words is not UNSET:
            field_dict["words"] = words

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.uas_document import UasDocument  # noqa: PLC0415
        from ..models.word import Word  # noqa: PLC0415

        d = dict(src_dict)
        start_s = d.pop("start_s")

        end_s = d.pop("end_s")

        uas = UasDocument.from_dict(d.pop("uas"))

        def _parse_words(data: object) -> list[Word] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                words_type_0 = []
                _words_type_0 = data
                for words_type_0_item_data in _words_type_0:
                    words_type_0_item = Word.from_dict(words_type_0_item_data)

                    words_type_0.append(words_type_0_item)

                return words_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Word] | None | Unset, data)

        words = _parse_words(d.pop("words", UNSET))

        segment = cls(
            start_s=start_s,
            end_s=end_s,
            uas=uas,
            words=words,
        )

        return segment
