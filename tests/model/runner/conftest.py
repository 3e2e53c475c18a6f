"""A random checkpoint, its runner, and the stock model of the same weights."""

from pathlib import Path

import pytest
from tiny_checkpoint import build_tiny_checkpoint
from transformers import AudioFlamingo3ForConditionalGeneration

from uas_model.runner.runner import Runner
from uas_model.tokens import TextTokens


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_checkpoint(tmp_path_factory.mktemp("runner"))


@pytest.fixture(scope="session")
def tokens(checkpoint: Path) -> TextTokens:
    return TextTokens(checkpoint / "tokenizer.json")


@pytest.fixture(scope="session")
def stock(checkpoint: Path) -> AudioFlamingo3ForConditionalGeneration:
    """The written checkpoint as stock transformers loads it."""
    model = AudioFlamingo3ForConditionalGeneration.from_pretrained(checkpoint)
    return model.eval()


@pytest.fixture(scope="session")
def runner(checkpoint: Path, tokens: TextTokens) -> Runner:
    return Runner.load(checkpoint, tokens, "fp32")
