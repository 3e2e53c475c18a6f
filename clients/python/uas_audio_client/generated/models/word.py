from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Word")


@_attrs_define
class Word:
    """One spoken word, with its punctuation; seconds from the start of the clip.

    Attributes:
        word (str):
        start_s (float):
        end_s (float):
        probability (float | None | Unset):
    """

    word: str
    start_s: float
    end_s: float
    probability: float | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        word = self.word

        start_s = self.start_s

        end_s = self.end_s

        probability: float | None | Unset
        if isinstance(self.probability, Unset):
            probability = UNSET
        else:
            probability = self.probability

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "word": word,
                "start_s": start_s,
                "end_s": end_s,
            }
        )
        if probability is not UNSET:
            field_dict["probability"] = probability

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        word = d.pop("word")

        start_s = d.pop("start_s")

        end_s = d.pop("end_s")

        def _parse_probability(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        probability = _parse_probability(d.pop("probability", UNSET))

        word = cls(
            word=word,
            start_s=start_s,
            end_s=end_s,
            probability=probability,
        )

        return word
