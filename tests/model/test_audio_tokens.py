"""The count of audio tokens is the processor's."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoProcessor
from transformers.models.qwen3_omni_moe.modeling_qwen3_omni_moe import (
    _get_feat_extract_output_lengths,
)

from uas_model.audio_tokens import audio_token_count, mel_frame_count, windowed_token_count


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


@pytest.mark.parametrize(
    ("n_samples", "tokens"),
    [(0, 0), (1, 1), (8 * 160, 1), (8 * 160 + 1, 2), (16_000, 13), (17_280, 14), (480_000, 390)],
)
def test_windows_are_counted_apart(n_samples: int, tokens: int) -> None:
    assert windowed_token_count(n_samples) == tokens


@pytest.mark.slow
def test_a_windowed_count_is_what_stock_transformers_gives_the_language_model() -> None:
    lengths = [160 * frames for frames in (1, 8, 9, 99, 100, 101, 250, 3000)]
    stock = _get_feat_extract_output_lengths(torch.tensor(lengths) // 160)
    assert [windowed_token_count(length) for length in lengths] == stock.tolist()
