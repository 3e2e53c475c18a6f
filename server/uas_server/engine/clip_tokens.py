"""Audio tokens of the clips of requests, made beside the event loop and kept for later questions.

For engines that run nothing but a language model. Knows no engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from uas_model.runner.encoder_cache import EncoderCache, clip_key
from uas_server.engine.errors import EngineError

KEPT_BYTES = 8 << 20
"""Of token ids, 8 bytes each and 25 a second: some 11 hours of sound."""


class TokenisesClips(Protocol):
    """What turns a clip into audio tokens, such as `uas_model.runner.audio_tokenizer`."""

    def ids(self, samples: NDArray[np.float32]) -> Tensor:
        """Token ids `[audio tokens] int64` of a clip `[T] float32` at 16 kHz."""
        ...


class ClipTokens:
    """Tokenises one clip at a time, in a thread of its own.

    Args:
        tokenizer: takes the clips.
        most_bytes: of ids that are kept.
    """

    def __init__(self, tokenizer: TokenisesClips, most_bytes: int = KEPT_BYTES) -> None:
        self._tokenizer = tokenizer
        self._kept = EncoderCache(most_bytes)  # used in the thread alone
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="audio-tokens")

    async def of(self, salt: str, clips: Sequence[NDArray[np.float32]]) -> list[list[int]]:
        """Token ids of every clip; callers with other salts share nothing.

        Raises `EngineError` for a clip that the encoder does not take.
        """
        loop = asyncio.get_running_loop()
        return [
            await loop.run_in_executor(self._thread, self._ids, salt, samples) for samples in clips
        ]

    def _ids(self, salt: str, samples: NDArray[np.float32]) -> list[int]:
        key = clip_key(salt, samples)
        try:
            return self._kept.get(key, lambda: self._tokenizer.ids(samples)).tolist()
        except ValueError as error:
            raise EngineError(str(error)) from error
