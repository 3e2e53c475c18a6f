"""Token ids: seams, control tokens, bytes, and equality with the stock chat template."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer
from tokenizers.models import BPE
from transformers import AutoProcessor

from uas_model.audio_tokens import audio_token_count
from uas_model.errors import BadCheckpoint
from uas_model.tokenizer import Vocabulary, build_tokenizer
from uas_model.tokens import TextTokens
from uas_schema.document import UasDocument
from uas_schema.prompts import Audio, Control, Text, load_prompts
from uas_schema.skeleton import pieces

CONTROL_TEXT = st.sampled_from(["<|im_end|>", "<|im_start|>", "<|endoftext|>", "<sound>"])
ANY_TEXT = st.lists(st.one_of(st.text(), CONTROL_TEXT), max_size=6).map("".join)


@pytest.fixture(scope="module")
def tokens(vocabulary: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> TextTokens:
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    build_tokenizer(vocabulary).save(str(path))
    return TextTokens(path)


@given(text=ANY_TEXT)
def test_text_comes_back_and_never_holds_a_control_id(tokens: TextTokens, text: str) -> None:
    ids = tokens.encode_text(text)
    assert tokens.decode(ids) == text
    controls = {tokens.control(name) for name in ("<|im_end|>", "<|im_start|>", "<sound>")}
    assert not controls & set(ids)


@given(text=ANY_TEXT, cut=st.integers(min_value=0, max_value=40))
def test_bytes_of_tokens_concatenate_to_the_texts_bytes(
    tokens: TextTokens, text: str, cut: int
) -> None:
    ids = tokens.encode_text(text)
    whole = text.encode()
    assert b"".join(tokens.token_bytes[token] for token in ids) == whole
    assert whole.startswith(tokens.decode_bytes(ids[:cut]))


def test_control_tokens_stand_for_no_bytes(tokens: TextTokens) -> None:
    assert tokens.token_bytes[tokens.eos_id] == tokens.token_bytes[tokens.audio_id] == b""
    assert tokens.decode([tokens.eos_id, *tokens.encode_text("a"), tokens.audio_id]) == "a"
    assert len(tokens.token_bytes) == len(tokens)


def test_each_digit_is_a_token(tokens: TextTokens) -> None:
    assert [tokens.decode([token]) for token in tokens.encode_text("1234")] == list("1234")


def test_an_unknown_control_token_names_the_nearest(tokens: TextTokens) -> None:
    with pytest.raises(BadCheckpoint, match=r"'<\|im_ends\|>'; did you mean '<\|im_end\|>'\?"):
        tokens.control("<|im_ends|>")


def test_a_file_that_is_no_tokenizer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(BadCheckpoint, match=r"cannot read tokenizer\.json"):
        TextTokens(path)


def test_other_control_tokens_end_an_answer_and_stand_for_a_clip(tmp_path: Path) -> None:
    tokenizer = Tokenizer(BPE(vocab={"a": 0}, merges=[]))
    tokenizer.add_special_tokens(["<|stop|>", "<|clip|>"])
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    tokens = TextTokens(tmp_path / "tokenizer.json", "<|stop|>", "<|clip|>")
    assert (tokens.eos_id, tokens.audio_id) == (1, 2)


def test_added_tokens_that_are_text_and_ids_without_a_token(tmp_path: Path) -> None:
    tokenizer = Tokenizer(BPE(vocab={"a": 0, "<|im_end|>": 7}, merges=[]))
    tokenizer.add_special_tokens(["<|im_end|>", "<sound>"])
    tokenizer.add_tokens([AddedToken("two words", special=False)])
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    tokens = TextTokens(tmp_path / "tokenizer.json")
    assert len(tokens) == 8
    assert sorted(set(tokens.token_bytes)) == [b"", b"a", b"two words"]


def test_pieces_are_tokenised_apart(tokens: TextTokens) -> None:
    document = UasDocument.no_voice(description="rain", discrete=(), continuous=())
    parts = pieces(document)
    ids = tokens.encode_pieces(parts)
    assert ids == [token for part in parts for token in tokens.encode_text(part.text)]
    assert tokens.decode(ids) == document.canonical()


def test_seams_differ_from_tokenising_the_whole(tokens: TextTokens) -> None:
    """Why pieces exist: "t" + "he" in one string is another token than apart."""
    parts = (Text("t"), Text("he"))
    assert tokens.encode_prompt(parts) == tokens.encode_text("the")
    assert tokens.encode_text("t") + tokens.encode_text("he") != tokens.encode_text("the")


def test_a_prompt_has_its_markers_between_its_texts(tokens: TextTokens) -> None:
    parts = (Control("<|im_start|>"), Text("user"), Audio(), Text("<|im_end|>"))
    expected = [tokens.control("<|im_start|>"), *tokens.encode_text("user")]
    expected += [tokens.audio_id] * 3 + tokens.encode_text("<|im_end|>")
    assert tokens.encode_prompt(parts, n_audio_tokens=3) == expected


def test_prompts_have_the_ids_of_the_stock_chat_template(tiny_checkpoint: Path) -> None:
    tokens = TextTokens(tiny_checkpoint / "tokenizer.json")
    parts = load_prompts("smollm2-chatml").render("uas")
    instruction = next(part.text for part in reversed(parts[:-3]) if isinstance(part, Text))
    processor = AutoProcessor.from_pretrained(tiny_checkpoint)
    turn = {"role": "user", "content": [{"type": "audio"}, {"type": "text", "text": instruction}]}
    text = processor.apply_chat_template([turn], add_generation_prompt=True)
    samples = np.zeros(32_000, dtype=np.float32)
    stock = processor(text=text, audio=samples)["input_ids"][0].tolist()
    assert tokens.encode_prompt(parts, audio_token_count(len(samples))) == stock


def test_another_pre_tokenizer_is_refused(vocabulary: Vocabulary) -> None:
    other = Vocabulary(vocabulary.tokens, vocabulary.merges, vocabulary.control_ids, "llama-bpe")
    with pytest.raises(BadCheckpoint, match="'llama-bpe' is not supported"):
        build_tokenizer(other)


def test_the_audio_token_is_new_and_last(vocabulary: Vocabulary) -> None:
    tokenizer: Tokenizer = build_tokenizer(vocabulary)
    assert tokenizer.token_to_id("<sound>") == len(vocabulary.tokens)
