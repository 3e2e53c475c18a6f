"""A checkpoint that reads audio tokens: a clip is the rows of its states' nearest centroids."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_discrete import SIZE, build_tiny_discrete, noise, unsigned
from transformers import AutoTokenizer

from uas_model.audio_tokens import audio_token_count
from uas_model.audio_vocabulary import AudioVocabulary, put_sounds
from uas_model.checkpoint import Checkpoint
from uas_model.codebook import Codebook, write_codebook
from uas_model.errors import BadCheckpoint
from uas_model.load import load_model
from uas_model.runner.audio_tokenizer import AudioTokenizer
from uas_model.runner.constraints import Choice
from uas_model.runner.request import Final, GenerateRequest, Hooks
from uas_model.runner.runner import Runner

CHOICES = tuple("abcdefghijklmnop")


@pytest.fixture(scope="module")
def discrete(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return Checkpoint.open(build_tiny_discrete(tmp_path_factory.mktemp("discrete")))


@pytest.fixture(scope="module")
def runner(discrete: Checkpoint) -> Runner:
    return Runner.load(discrete.path, discrete.tokenizer, "fp32")


@pytest.fixture(scope="module")
def tokenizer(discrete: Checkpoint) -> AudioTokenizer:
    found = AudioTokenizer.of(discrete)
    assert found is not None
    return found


def heard(runner: Runner, ids: list[int], *clips: np.ndarray) -> Final:
    request = GenerateRequest("r", tuple(ids), clips, constraint=Choice(CHOICES), want_probs=True)
    return runner.generate(request, Hooks(say=lambda _: None, interrupted=lambda: None))


def test_tokens_are_those_of_the_nearest_centroids(
    discrete: Checkpoint, tokenizer: AudioTokenizer
) -> None:
    first = discrete.tokenizer.control("<|audio_0|>")
    ids = tokenizer.ids(noise(0)).tolist()
    assert ids[:SIZE] == list(range(first, first + SIZE))  # the centroids are its own states
    assert len(ids) == audio_token_count(16_000)
    assert len({*tokenizer.ids(noise(1, 40_000)).tolist()}) > 3


def test_a_clip_is_the_rows_of_its_tokens(
    discrete: Checkpoint, runner: Runner, tokenizer: AudioTokenizer
) -> None:
    clip = noise(2)
    table = load_model(discrete.path).get_input_embeddings().weight.detach()
    assert torch.equal(runner.encode_audio(clip), table[tokenizer.ids(clip)])


def test_tokens_in_the_prompt_say_what_the_clip_says(
    discrete: Checkpoint, runner: Runner, tokenizer: AudioTokenizer
) -> None:
    """What vLLM is given, against what our own loop makes of placeholders."""
    tokens, clip = discrete.tokenizer, noise(3)
    parts = discrete.prompts.render("ask", question="Is it loud?")
    marked = tokens.encode_prompt(parts, audio_token_count(len(clip)))
    spelt = put_sounds(marked, tokens.audio_id, [tokenizer.ids(clip).tolist()])
    one, other = heard(runner, marked, clip), heard(runner, spelt)
    assert one.slot_probs is not None
    assert other.slot_probs is not None
    assert one.slot_probs["choice"] == pytest.approx(other.slot_probs["choice"], abs=1e-5)
    silence = heard(runner, marked, np.zeros_like(clip))
    assert silence.slot_probs != one.slot_probs


def test_a_served_text_holds_no_audio_token(discrete: Checkpoint) -> None:
    """Grammars are compiled over what is no control token, in our loop and in vLLM's."""
    named = AutoTokenizer.from_pretrained(discrete.path)
    control = [f"<|audio_{number}|>" for number in range(SIZE)]
    assert set(control) <= set(named.all_special_tokens)
    assert named.convert_tokens_to_ids(control) == [*map(discrete.tokenizer.control, control)]
    assert {
        discrete.tokenizer.token_bytes[discrete.tokenizer.control(name)] for name in control
    } == {b""}


def test_places_and_tokens_have_to_match() -> None:
    assert put_sounds([1, 9, 9, 2, 9], 9, [[5, 6], [7]]) == [1, 5, 6, 2, 7]
    with pytest.raises(ValueError, match=r"has 1 audio placeholders and the clips have \[2\]"):
        put_sounds([1, 9], 9, [[5, 6]])


def test_a_codebook_of_another_size_is_refused(tmp_path: Path) -> None:
    folder = build_tiny_discrete(tmp_path / "more")
    unsigned(folder)
    checkpoint = Checkpoint.open(folder)
    path = checkpoint.codebook_path
    assert path is not None
    write_codebook(Codebook(torch.zeros(SIZE + 1, 32)), path)
    with pytest.raises(BadCheckpoint, match=r"no control token '<\|audio_16\|>'"):
        AudioVocabulary.of(checkpoint)
    write_codebook(Codebook(torch.zeros(SIZE, 31)), path)
    tokenizer = AudioTokenizer.of(checkpoint)
    assert tokenizer is not None
    with pytest.raises(BadCheckpoint, match="do not fit a codebook of width 31"):
        tokenizer.ids(noise(0))
