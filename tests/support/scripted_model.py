"""A served model without a model: a vocabulary of bytes around the scripted engine."""

from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers

from uas_model.checkpoint import CheckpointInfo
from uas_model.draft import DraftWord, FixedDrafter
from uas_model.tokenizer import AUDIO_TOKEN
from uas_model.tokens import TextTokens
from uas_server.engine.fake import FakeEngine
from uas_server.engine.protocol import Engine
from uas_server.service.model import ServedModel


def byte_tokens(folder: Path) -> TextTokens:
    """A vocabulary of the 256 bytes and the control tokens of the default prompts."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({text: i for i, text in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.add_special_tokens(
        [AddedToken(name, special=True) for name in ("<|im_start|>", "<|im_end|>", AUDIO_TOKEN)]
    )
    path = folder / "tokenizer.json"
    tokenizer.save(str(path))
    return TextTokens(path)


def scripted_model(
    tokens: TextTokens,
    engine: Engine | None = None,
    draft: str = "hello",
    words: tuple[DraftWord, ...] | None = None,
    **changes: Any,
) -> ServedModel:
    """A served model around an engine; keywords change its info."""
    info = {
        "name": "fake-model",
        "prompt_family": "smollm2-chatml",
        "wants_draft": "forced",
        "draft_model": None,
        "languages": ("en",),
        "licence": "Apache-2.0",
        "window_s": 30,
    }
    return ServedModel(
        info=CheckpointInfo(**{**info, **changes}),
        tokens=tokens,
        engine=engine or FakeEngine(),
        drafter=FixedDrafter(draft, words),
    )
