"""Caches save work and change nothing: same texts, and nothing shared between salts."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from uas_model.audio_tokens import audio_token_count
from uas_model.runner.constraints import Choice, Regex
from uas_model.runner.encoder_cache import EncoderCache, clip_key
from uas_model.runner.errors import AudioMismatch, PatternError, RequestTooLong
from uas_model.runner.kv_cache import CacheShape, KvPool
from uas_model.runner.request import Final, GenerateRequest, Hooks
from uas_model.runner.runner import Runner
from uas_model.tokens import TextTokens

SHAPE = CacheShape(layers=1, kv_heads=1, head_size=2, most_tokens=16, dtype=torch.float32)
SILENT = Hooks(say=lambda _: None, interrupted=lambda: None)


def clip(seed: int) -> NDArray[np.float32]:
    return (0.1 * np.random.default_rng(seed).standard_normal(4000)).astype(np.float32)


def request(tokens: TextTokens, samples: NDArray[np.float32], question: str) -> GenerateRequest:
    audio = [tokens.audio_id] * audio_token_count(len(samples))
    ids = (tokens.control("<|im_start|>"), *audio, *tokens.encode_text(question))
    return GenerateRequest("r", ids, (samples,), constraint=Regex("[a-z]{8}"), max_tokens=40)


def run(runner: Runner, one: GenerateRequest) -> Final:
    return runner.generate(one, SILENT)


def test_answers_do_not_depend_on_what_was_asked_before(
    checkpoint: Path, tokens: TextTokens
) -> None:
    asked = [(seed, text) for seed in (1, 2) for text in ("who speaks", "who sings", "what")] * 2
    used = Runner.load(checkpoint, tokens, "fp32")
    for seed, text in asked:
        one = request(tokens, clip(seed), text)
        assert run(used, one).text == run(Runner.load(checkpoint, tokens, "fp32"), one).text


def test_a_known_clip_is_not_encoded_again(runner: Runner, tokens: TextTokens) -> None:
    run(runner, request(tokens, clip(3), "first"))
    held = runner.clips.held_bytes
    run(runner, request(tokens, clip(3), "second"))
    assert runner.clips.held_bytes == held
    run(runner, request(tokens, clip(4), "first"))
    assert runner.clips.held_bytes > held


def test_clips_are_filed_by_content_and_salt() -> None:
    keys = {clip_key(salt, clip(seed)) for salt in ("", "a", "ab") for seed in (1, 2)}
    assert len(keys) == 6
    assert clip_key("a", clip(1)) == clip_key("a", clip(1).copy())


def test_old_clips_leave_when_the_bytes_are_used_up() -> None:
    cache = EncoderCache(most_bytes=100)
    made = []

    def make(name: bytes) -> torch.Tensor:
        made.append(name)
        return torch.zeros(10)

    for name in (b"a", b"b", b"a", b"c", b"a", b"b"):
        cache.get(name, lambda name=name: make(name))  # type: ignore[misc]
    assert made == [b"a", b"b", b"c", b"b"]
    assert cache.held_bytes == 80


def test_the_longest_common_beginning_is_reused_and_one_token_is_left() -> None:
    pool = KvPool(SHAPE, size=2)
    first = pool.take("", [1, 2, 3])
    first.keep(0, range(3), [1, 2, 3])
    assert pool.take("", [1, 2, 3]) is first
    assert first.tokens == [1, 2]
    first.keep(2, range(1), [3])
    assert pool.take("other", [1, 2, 3]).tokens == []
    assert pool.take("", [1, 2, 9]).tokens == [1, 2]
    assert pool.take("", [7]).tokens == []
    assert pool.take("", [8]).tokens == []
    assert pool.take("", [1, 2, 9]).tokens == []


def test_kept_entries_move_up_behind_the_others() -> None:
    cache = KvPool(SHAPE).take("", [1])
    cache.keys[0, 0, :, 0] = torch.arange(16.0)
    cache.keep(0, range(2), [1, 2])
    cache.keep(2, [1, 4], [8, 9])
    assert cache.tokens == [1, 2, 8, 9]
    assert cache.keys[0, 0, :4, 0].tolist() == [0.0, 1.0, 3.0, 6.0]


def test_bad_requests_are_named(runner: Runner, tokens: TextTokens) -> None:
    with pytest.raises(RequestTooLong, match="and a budget of 9999 do not fit a context of 2048"):
        run(runner, GenerateRequest("r", (5,), max_tokens=9999))
    with pytest.raises(AudioMismatch, match="the prompt has 1 audio placeholders"):
        run(runner, GenerateRequest("r", (tokens.audio_id,)))
    with pytest.raises(PatternError, match="cannot be compiled"):
        run(runner, GenerateRequest("r", (5,), constraint=Regex("(")))
    with pytest.raises(ValueError, match="non-empty texts"):
        Choice(("a", "a"))
