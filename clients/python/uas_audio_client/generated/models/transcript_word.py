from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="TranscriptWord")


@_attrs_define
class TranscriptWord:
    """One word with its times.

    Attributes:
        word (str):
        start (float):
        end (float):
    """

    word: str
    start: float
    end: float

    def to_dict(self) -> dict[str, Any]:
        word = self.word

        start = self.start

        end = self.end

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "word": word,
                "start": start,
                "end": end,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        word = d.pop("word")

        start = d.pop("start")

        end = d.pop("end")

        transcript_word = cls(
            word=word,
            start=start,
            end=end,
        )

        return transcript_word
