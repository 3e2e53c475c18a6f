"""Audio tokens of a request's clips: beside the event loop, kept for later questions."""

import threading

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from uas_server.engine.clip_tokens import ClipTokens
from uas_server.engine.errors import EngineError

ONE, OTHER = np.zeros(640, np.float32), np.ones(640, np.float32)


class Counting:
    """Two tokens a clip; keeps the names of the threads it was called in."""

    def __init__(self) -> None:
        self.threads: list[str] = []

    def ids(self, samples: NDArray[np.float32]) -> Tensor:
        self.threads.append(threading.current_thread().name)
        if not len(samples):
            raise ValueError("a clip must have 1 to 480000 samples, got 0")
        return torch.tensor([5, 5 + int(samples[0])])


async def test_a_clip_is_read_once_for_each_salt() -> None:
    tokenizer = Counting()
    tokens = ClipTokens(tokenizer)
    for _ in range(2):
        assert await tokens.of("a", [ONE, OTHER]) == [[5, 5], [5, 6]]
    assert len(tokenizer.threads) == 2
    assert await tokens.of("b", [ONE]) == [[5, 5]]
    assert len(tokenizer.threads) == 3


async def test_the_event_loop_is_left_alone() -> None:
    tokenizer = Counting()
    await ClipTokens(tokenizer).of("", [ONE])
    assert threading.current_thread().name not in tokenizer.threads


async def test_a_clip_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(EngineError, match="1 to 480000 samples, got 0"):
        await ClipTokens(Counting()).of("", [ONE[:0]])


async def test_without_clips_there_is_nothing_to_read() -> None:
    assert await ClipTokens(Counting()).of("", []) == []
