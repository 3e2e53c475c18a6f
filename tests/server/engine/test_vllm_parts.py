"""What the vLLM engine is made of, as far as it needs no vLLM."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uas_model.audio_tokens import audio_token_count
from uas_server.engine.errors import EngineError
from uas_server.engine.protocol import GenerateRequest
from uas_server.engine.vllm_prompt import Prompt

AUDIO = 99
LENGTHS = st.lists(st.integers(480, 4000), max_size=3)


def request(ids: list[int], lengths: list[int], salt: str = "") -> GenerateRequest:
    audio = tuple(np.full(length, 0.1, np.float32) for length in lengths)
    return GenerateRequest("r", tuple(ids), audio, cache_salt=salt)


@given(LENGTHS, st.booleans())
def test_each_clip_keeps_one_placeholder(lengths: list[int], between: bool) -> None:
    ids, folded = [1], [1]
    for length in lengths:
        ids += [AUDIO] * audio_token_count(length) + [2] * between
        folded += [AUDIO] + [2] * between
    prompt = Prompt.of(request(ids, lengths), AUDIO)
    assert list(prompt.ids) == folded
    assert prompt.after([3, 4])["prompt_token_ids"] == [*folded, 3, 4]


@pytest.mark.parametrize(
    ("ids", "lengths"), [([1, AUDIO], []), ([1], [4000]), ([1, AUDIO], [4000]), ([1], [100])]
)
def test_placeholders_that_do_not_match_are_refused(ids: list[int], lengths: list[int]) -> None:
    with pytest.raises(EngineError, match=r"\d audio placeholders and the clips need"):
        Prompt.of(request(ids, lengths), AUDIO)


def test_audio_tokens_take_the_place_of_the_clips() -> None:
    asked = request([1, AUDIO, AUDIO, 2, AUDIO, 3], [8000, 4000], "salt")
    prompt = Prompt.of_tokens(asked, AUDIO, [[50, 51], [52]])
    after = prompt.after([7])
    assert after == {"prompt_token_ids": [1, 50, 51, 2, 52, 3, 7], "cache_salt": "salt"}
    with pytest.raises(EngineError, match=r"has 3 audio placeholders and the clips have \[2\]"):
        Prompt.of_tokens(asked, AUDIO, [[50, 51]])


def test_other_salts_share_no_cache() -> None:
    ids = [1] + [AUDIO] * audio_token_count(4000)
    one, other, none = (
        Prompt.of(request(ids, [4000], salt), AUDIO).after([]) for salt in ("a", "b", "")
    )
    assert one["cache_salt"] != other["cache_salt"]
    assert one["multi_modal_uuids"] != other["multi_modal_uuids"]
    assert "cache_salt" not in none
