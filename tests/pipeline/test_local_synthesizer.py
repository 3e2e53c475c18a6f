"""A language model in this process drafts under the schema, whatever its weights."""

import json
from pathlib import Path

import pytest
import torch
from tiny_checkpoint import CONTROL, tiny_tokens
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from uas_pipeline.caption.caption import Caption
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.errors import ConfigError, Rejected
from uas_pipeline.synthesize.backends import LocalBackend, make_synthesizer
from uas_pipeline.synthesize.config import MergeConfig
from uas_pipeline.synthesize.local import LocalModelConfig, LocalSynthesizer

CAPTION = Caption(voice="An angry man.", environment="A dog barks.", backend="toy", version="1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights with a tokenizer of all bytes."""
    path = tmp_path_factory.mktemp("model")
    tiny_tokens(path)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(path / "tokenizer.json"), eos_token=CONTROL[0]
    )
    tokenizer.save_pretrained(path)
    torch.manual_seed(1)
    config = Qwen2Config(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=48, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=4096,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    Qwen2ForCausalLM(config).save_pretrained(path)
    return path


# outlines loads torch's compiler, which loads a module of torch that torch itself calls old.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
def test_a_draft_is_cut_or_fits_and_never_breaks_the_merge(
    folder: Path, recording: Recording
) -> None:
    backend = LocalBackend(backend="local", model=LocalModelConfig(folder=folder, max_tokens=24))
    synthesizer = make_synthesizer(backend)
    with pytest.raises(Rejected, match="answer_not_json") as raised:
        synthesizer.synthesize(recording, CAPTION)
    begun = str(raised.value.evidence["answer"])
    assert begun.startswith('{"age":')
    value = begun.removeprefix('{"age":').partition(",")[0]
    assert json.loads(value) in (None, "Child", "Adult", "Elderly")


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no causal language model"):
        LocalSynthesizer(LocalModelConfig(folder=tmp_path), MergeConfig())
