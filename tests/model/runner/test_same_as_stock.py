"""The runner computes what stock transformers computes, without padding and in fewer passes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers import AudioFlamingo3ForConditionalGeneration, WhisperFeatureExtractor

from uas_model.audio_tokens import audio_token_count
from uas_model.runner.cached_forward import CachedForward
from uas_model.runner.kv_cache import KvCache
from uas_model.runner.runner import Runner
from uas_model.runner.trie import TokenTrie
from uas_model.tokens import TextTokens

Stock = AudioFlamingo3ForConditionalGeneration


def noise(n_samples: int) -> NDArray[np.float32]:
    return (0.1 * np.random.default_rng(n_samples).standard_normal(n_samples)).astype(np.float32)


@torch.no_grad()
def stock_embeddings(stock: Stock, samples: NDArray[np.float32]) -> torch.Tensor:
    """The stock path: padded to 30 s and masked."""
    features = WhisperFeatureExtractor()(
        samples, sampling_rate=16_000, return_attention_mask=True, return_tensors="pt"
    )
    found = stock.get_audio_features(features.input_features, features.attention_mask)
    embeddings: torch.Tensor = found.pooler_output
    return embeddings


@torch.no_grad()
def stock_scores(stock: Stock, ids: list[int]) -> torch.Tensor:
    scores: torch.Tensor = stock(input_ids=torch.tensor([ids])).logits[0]
    return scores


def forward_of(runner: Runner, prompt: list[int]) -> CachedForward:
    shape = runner.language_model.config.cache_shape(512, runner.precision)
    model = runner.language_model
    return CachedForward(model, KvCache.empty(shape), model.embed(prompt), prompt)


@pytest.mark.parametrize(
    "n_samples", [800, 1599, 1601, 3200, 16_000, 16_161, 47_999, 123_456, 479_520, 480_000]
)
def test_the_unpadded_encoder_equals_the_padded_and_masked_one(
    runner: Runner, stock: Stock, n_samples: int
) -> None:
    samples = noise(n_samples)
    embeddings = runner.encode_audio(samples)
    assert embeddings.shape[0] == audio_token_count(n_samples)
    torch.testing.assert_close(embeddings, stock_embeddings(stock, samples), rtol=1e-3, atol=1e-4)


@torch.inference_mode()
def test_one_pass_and_many_steps_give_the_stock_scores(runner: Runner, stock: Stock) -> None:
    ids = list(range(20, 60))
    wanted = stock_scores(stock, ids)
    forward = forward_of(runner, ids[:10])
    torch.testing.assert_close(forward.chain(ids[:10]), wanted[9], rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(forward.chain(ids[10:17]), wanted[16], rtol=1e-3, atol=1e-3)
    for place in range(17, 40):
        row = forward.chain([ids[place]])
        torch.testing.assert_close(row, wanted[place], rtol=1e-3, atol=1e-3)


@torch.inference_mode()
def test_a_tree_scores_each_branch_as_if_it_were_alone(runner: Runner, stock: Stock) -> None:
    prompt, paths = [5, 6, 7], [(20, 21, 22), (20, 23, 24, 25), (30, 31), (40,)]
    trie = TokenTrie.of(paths)
    forward = forward_of(runner, prompt)
    forward.chain(prompt)
    rows = forward.tree([8, 9], trie)
    for path, steps in zip(paths, trie.steps, strict=True):
        for depth, step in enumerate(steps):
            wanted = stock_scores(stock, [*prompt, 8, 9, *path[:depth]])[-1]
            torch.testing.assert_close(rows[1 + step], wanted, rtol=1e-3, atol=1e-3)
    forward.keep(trie.nodes_on(1))
    after = stock_scores(stock, [*prompt, 8, 9, *paths[1], 50])[-1]
    torch.testing.assert_close(forward.chain([25, 50]), after, rtol=1e-3, atol=1e-3)


@torch.inference_mode()
@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_small_weights_stay_close(
    checkpoint: Path, tokens: TextTokens, stock: Stock, precision: str
) -> None:
    runner = Runner.load(checkpoint, tokens, precision)  # type: ignore[arg-type]
    ids = list(range(20, 60))
    wanted = stock_scores(stock, ids)
    forward = forward_of(runner, ids[:30])
    for row, place in ((forward.chain(ids[:30]), 29), (forward.chain(ids[30:31]), 30)):
        likeness = torch.corrcoef(torch.stack((row, wanted[place])))[0, 1]
        assert likeness > 0.99
