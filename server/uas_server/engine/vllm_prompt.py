"""A request's prompt in the form that vLLM takes; imports no vllm.

vLLM's processor expands one placeholder per clip itself, so our expanded runs are folded back, and
checked on the way: the number of positions has to be that of the clips. Audio tokens stand in the
prompt like words, and then there is no clip for vLLM.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uas_model.audio_tokens import audio_token_count
from uas_model.audio_vocabulary import put_sounds
from uas_model.runner.request import GenerateRequest
from uas_server.engine.errors import EngineError


@dataclass(frozen=True)
class Prompt:
    """A prompt with its clips.

    Attributes:
        ids: token ids with one placeholder per clip, or with its audio tokens.
        audio: the clips that vLLM is to encode, `[T] float32` at 16 kHz.
        names: of the clips in vLLM's caches; other salts have other names.
        salt: of the prefix cache.
    """

    ids: tuple[int, ...]
    audio: tuple[NDArray[np.float32], ...]
    names: tuple[str, ...]
    salt: str

    @classmethod
    def of(
        cls,
        request: GenerateRequest,
        audio_id: int,
        count: Callable[[int], int] = audio_token_count,
    ) -> Prompt:
        """Fold a request's placeholders; `count` says how many a clip of so many samples has.

        Raises `EngineError` when they do not match the clips.
        """
        names = tuple(_name(request.cache_salt, samples) for samples in request.audio)
        counts = [count(len(samples)) for samples in request.audio]
        ids = _fold(request.prompt_ids, audio_id, counts)
        return cls(ids, request.audio, names, request.cache_salt)

    @classmethod
    def of_tokens(
        cls, request: GenerateRequest, audio_id: int, sounds: Sequence[Sequence[int]]
    ) -> Prompt:
        """Put the audio tokens of the clips in the place of a request's placeholders.

        Raises `EngineError` when they do not match.
        """
        try:
            ids = put_sounds(request.prompt_ids, audio_id, sounds)
        except ValueError as error:
            raise EngineError(f"{error}; build it with the processor's token count") from error
        return cls(tuple(ids), (), (), request.cache_salt)

    def after(self, said: Sequence[int]) -> dict[str, Any]:
        """vLLM's prompt of all ids so far."""
        prompt: dict[str, Any] = {"prompt_token_ids": [*self.ids, *said]}
        if self.audio:
            prompt["multi_modal_data"] = {"audio": list(self.audio)}
            prompt["multi_modal_uuids"] = {"audio": list(self.names)}
        if self.salt:
            prompt["cache_salt"] = self.salt
        return prompt


def _fold(ids: Sequence[int], audio_id: int, counts: Sequence[int]) -> tuple[int, ...]:
    """One placeholder for each clip's run; runs of neighbouring clips touch."""
    places = sum(token == audio_id for token in ids)
    if places != sum(counts) or 0 in counts:
        raise EngineError(
            f"the prompt has {places} audio placeholders and the clips need {list(counts)}; "
            "build it with the processor's token count, of clips of 20 ms or more"
        )
    folded: list[int] = []
    waiting = iter(counts)
    left = 0
    for token in ids:
        if token != audio_id:
            folded.append(token)
            continue
        if left == 0:
            left = next(waiting)
            folded.append(token)
        left -= 1
    return tuple(folded)


def _name(salt: str, samples: NDArray[np.float32]) -> str:
    """SHA-256 of a clip's samples under a salt."""
    digest = hashlib.sha256(len(salt).to_bytes(4, "big") + salt.encode())
    digest.update(np.ascontiguousarray(samples, dtype=np.float32).data)
    return digest.hexdigest()
