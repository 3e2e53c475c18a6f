from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="TranscriptSegment")


@_attrs_define
class TranscriptSegment:
    """A stretch of the transcript. What the model does not tell is null.

    Attributes:
        id (int):
        start (float):
        end (float):
        text (str):
        seek (int | None | Unset):
        tokens (list[int] | None | Unset):
        temperature (float | Unset):  Default: 0.0.
        avg_logprob (float | None | Unset):
        compression_ratio (float | None | Unset):
        no_speech_prob (float | None | Unset):
    """

    id: int
    start: float
    end: float
    text: str
    seek: int | None | Unset = UNSET
    tokens: list[int] | None | Unset = UNSET
    temperature: float | Unset = 0.0
    avg_logprob: float | None | Unset = UNSET
    compression_ratio: float | None | Unset = UNSET
    no_speech_prob: float | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        start = self.start

        end = self.end

        text = self.text

        seek: int | None | Unset
        if isinstance(self.seek, Unset):
            seek = UNSET
        else:
            seek = self.seek

        tokens: list[int] | None | Unset
        if isinstance(self.tokens, Unset):
            tokens = UNSET
        elif isinstance(self.tokens, list):
            tokens = self.tokens

        else:
            tokens = self.tokens

        temperature = self.temperature

        avg_logprob: float | None | Unset
        if isinstance(self.avg_logprob, Unset):
            avg_logprob = UNSET
        else:
            avg_logprob = self.avg_logprob

        compression_ratio: float | None | Unset
        if isinstance(self.compression_ratio, Unset):
            compression_ratio = UNSET
        else:
            compression_ratio = self.compression_ratio

        no_speech_prob: float | None | Unset
        if isinstance(self.no_speech_prob, Unset):
            no_speech_prob = UNSET
        else:
            no_speech_prob = self.no_speech_prob

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "start": start,
                "end": end,
                "text": text,
            }
        )
        if seek is not UNSET:
            field_dict["seek"] = seek
        if tokens is not UNSET:
            field_dict["tokens"] = tokens
        if temperature is not UNSET:
            field_dict["temperature"] = temperature
        if avg_logprob is not UNSET:
            field_dict["avg_logprob"] = avg_logprob
        if compression_ratio is not UNSET:
            field_dict["compression_ratio"] = compression_ratio
        if no_speech_prob is not UNSET:
            field_dict["no_speech_prob"] = no_speech_prob

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        start = d.pop("start")

        end = d.pop("end")

        text = d.pop("text")

        def _parse_seek(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        seek = _parse_seek(d.pop("seek", UNSET))

        def _parse_tokens(data: object) -> list[int] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                tokens_type_0 = cast(list[int], data)

                return tokens_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[int] | None | Unset, data)

        tokens = _parse_tokens(d.pop("tokens", UNSET))

        temperature = d.pop("temperature", UNSET)

        def _parse_avg_logprob(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        avg_logprob = _parse_avg_logprob(d.pop("avg_logprob", UNSET))

        def _parse_compression_ratio(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        compression_ratio = _parse_compression_ratio(d.pop("compression_ratio", UNSET))

        def _parse_no_speech_prob(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        no_speech_prob = _parse_no_speech_prob(d.pop("no_speech_prob", UNSET))

        transcript_segment = cls(
            id=id,
            start=start,
            end=end,
            text=text,
            seek=seek,
            tokens=tokens,
            temperature=temperature,
            avg_logprob=avg_logprob,
            compression_ratio=compression_ratio,
            no_speech_prob=no_speech_prob,
        )

        return transcript_segment
