"""The count of audio tokens is the processor's."""

import random
from pathlib import Path

import numpy as np
import pytest
from transformers import AutoProcessor

from uas_model.audio_tokens import audio_token_count, mel_frame_count


@pytest.mark.slow
def test_audio_token_count_equals_the_processors_for_200_lengths(tiny_checkpoint: Path) -> None:
    processor = AutoProcessor.from_pretrained(tiny_checkpoint)
    chosen = random.Random(0)
    edges = [480, 481, 640, 641, 16_000, 479_999, 480_000]
    for n_samples in edges + [chosen.randint(480, 480_000) for _ in range(193)]:
        inputs = processor(text="<sound>", audio=np.zeros(n_samples, dtype=np.float32))
        tokens = int((inputs["input_ids"] == processor.audio_token_id).sum())
        assert audio_token_count(n_samples) == tokens, n_samples


@pytest.mark.parametrize(
    ("n_samples", "frames", "tokens"),
    [(0, 0, 0), (1, 1, 0), (320, 2, 0), (321, 3, 1), (16_000, 100, 25), (480_000, 3000, 750)],
)
def test_counts_at_the_edges(n_samples: int, frames: int, tokens: int) -> None:
    assert mel_frame_count(n_samples) == frames
    assert audio_token_count(n_samples) == tokens
