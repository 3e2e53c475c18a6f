from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="Usage")


@_attrs_define
class Usage:
    """What the answer took: seconds of audio, and tokens by what they cost.

    Attributes:
        audio_s (float):
        prompt_tokens (int):
        prefill_tokens (int):
        sampled_tokens (int):
        forced_tokens (int):
    """

    audio_s: float
    prompt_tokens: int
    prefill_tokens: int
    sampled_tokens: int
    forced_tokens: int

    def to_dict(self) -> dict[str, Any]:
        audio_s = self.audio_s

        prompt_tokens = self.prompt_tokens

        prefill_tokens = self.prefill_tokens

        sampled_tokens = self.sampled_tokens

        forced_tokens = self.forced_tokens

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "audio_s": audio_s,
                "prompt_tokens": prompt_tokens,
                "prefill_tokens": prefill_tokens,
                "sampled_tokens": sampled_tokens,
                "forced_tokens": forced_tokens,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        audio_s = d.pop("audio_s")

        prompt_tokens = d.pop("prompt_tokens")

        prefill_tokens = d.pop("prefill_tokens")

        sampled_tokens = d.pop("sampled_tokens")

        forced_tokens = d.pop("forced_tokens")

        usage = cls(
            audio_s=audio_s,
            prompt_tokens=prompt_tokens,
            prefill_tokens=prefill_tokens,
            sampled_tokens=sampled_tokens,
            forced_tokens=forced_tokens,
        )

        return usage
