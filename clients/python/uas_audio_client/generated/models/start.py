from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

from ..models.start_encoding import StartEncoding, check_start_encoding
from ..types import UNSET, Unset

T = TypeVar("T", bound="Start")


@_attrs_define
class Start:
    """First message of a new session: what the audio is, and what is asked for.

    Attributes:
        type_ (Literal['start']):
        encoding (StartEncoding | Unset): pcm16: whole samples, little-endian, mono. opus: one packet in each message,
            an empty one for a packet that was lost. webm, ogg: the bytes of such a stream of Opus. Default: 'pcm16'.
        sample_rate_hz (int | None | Unset): Of pcm16, 16000 unless sent. Opus has 48000.
        model (None | str | Unset): Name of the served model; any other is refused.
        max_tokens (int | None | Unset): Budget per segment.
        words (bool | Unset): Give the words of each segment with their times. Default: False.
    """

    type_: Literal["start"]
    encoding: StartEncoding | Unset = "pcm16"
    sample_rate_hz: int | None | Unset = UNSET
    model: None | str | Unset = UNSET
    max_tokens: int | None | Unset = UNSET
    words: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        encoding: str | Unset = UNSET
        if not isinstance(self.encoding, Unset):
            encoding = self.encoding

        sample_rate_hz: int | None | Unset
        if isinstance(self.sample_rate_hz, Unset):
            sample_rate_hz = UNSET
        else:
            sample_rate_hz = self.sample_rate_hz

        model: None | str | Unset
        if isinstance(self.model, Unset):
            model = UNSET
        else:
            model = self.model

        max_tokens: int | None | Unset
        if isinstance(self.max_tokens, Unset):
            max_tokens = UNSET
        else:
            max_tokens = self.max_tokens

        words = self.words

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
            }
        )
        if encoding is not UNSET:
            field_dict["encoding"] = encoding
        if sample_rate_hz is not UNSET:
            field_dict["sample_rate_hz"] = sample_rate_hz
        if model is not UNSET:
            field_dict["model"] = model
        if max_tokens is not UNSET:
            field_dict["max_tokens"] = max_tokens
        if words is not UNSET:
            field_dict["words"] = words

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = cast(Literal["start"], d.pop("type"))
        if type_ != "start":
            raise ValueError(f"type must match const 'start', got '{type_}'")

        _encoding = d.pop("encoding", UNSET)
        encoding: StartEncoding | Unset
        if isinstance(_encoding, Unset):
            encoding = UNSET
        else:
            encoding = check_start_encoding(_encoding)

        def _parse_sample_rate_hz(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        sample_rate_hz = _parse_sample_rate_hz(d.pop("sample_rate_hz", UNSET))

        def _parse_model(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        model = _parse_model(d.pop("model", UNSET))

        def _parse_max_tokens(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_tokens = _parse_max_tokens(d.pop("max_tokens", UNSET))

        words = d.pop("words", UNSET)

        start = cls(
            type_=type_,
            encoding=encoding,
            sample_rate_hz=sample_rate_hz,
            model=model,
            max_tokens=max_tokens,
            words=words,
        )

        return start
