"""An engine over back ends without a model, with a vocabulary of bytes."""

from collections.abc import Callable
from typing import Any

import pytest
from remote_subject import CLIP
from scripted_model import byte_tokens

from uas_model.audio_tokens import audio_token_count
from uas_model.tokens import TextTokens
from uas_schema.prompts import load_prompts
from uas_server.engine.protocol import GenerateRequest

RequestOf = Callable[..., GenerateRequest]


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> TextTokens:
    return byte_tokens(tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture
def request_of(tokens: TextTokens) -> RequestOf:
    """`request_of(question, constraint=...)`: a request about a clip of a quarter of a second."""

    def make(question: str = "Is it loud?", **changes: Any) -> GenerateRequest:
        parts = load_prompts("smollm2-chatml").render("ask", question=question)
        ids = tokens.encode_prompt(parts, audio_token_count(len(CLIP)))
        return GenerateRequest(
            **{"request_id": "r", "prompt_ids": tuple(ids), "audio": (CLIP,), **changes}
        )

    return make
