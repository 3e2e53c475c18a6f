"""A synthesizer in this process: a causal language model held to our JSON Schema by outlines.

The model drafts, the merge is ours. One model answers one clip at a time.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pydantic import Field

from uas_pipeline.caption.caption import Caption
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.endpoint.chat import read_answer
from uas_pipeline.errors import ConfigError
from uas_pipeline.synthesize.claims import record_of
from uas_pipeline.synthesize.config import MergeConfig
from uas_pipeline.synthesize.merge import Draft, claims_of
from uas_pipeline.synthesize.prompt import draft_prompt, draft_schema
from uas_schema.records import Record
from uas_schema.strict import Strict


class LocalModelConfig(Strict):
    """A causal language model in a folder, with its tokenizer; nothing is fetched."""

    folder: Path
    device: str = "cpu"
    max_tokens: int = Field(default=512, gt=0)


class LocalSynthesizer:
    """Generates a draft greedily under the schema and takes from it what the caption supports."""

    def __init__(self, model: LocalModelConfig, config: MergeConfig) -> None:
        self._max_tokens, self._config = model.max_tokens, config
        self._lock = threading.Lock()
        self._generate, self._turn, self._eagerly = _load(model)

    def synthesize(self, recording: Recording, caption: Caption) -> Record:
        """The record of a clip.

        Raises ``Rejected`` ("answer_not_json") when the token budget cuts the draft, and as the
        merge does.
        """
        prompt = draft_prompt(recording, caption, self._config)
        # outlines masks tokens with a compiled kernel; eager it needs no C++ compiler.
        with self._lock, self._eagerly():
            text = self._generate(
                self._turn(prompt), max_new_tokens=self._max_tokens, do_sample=False
            )
        claims = claims_of(recording, caption, self._config, read_answer(text, Draft))
        return record_of(recording, caption, claims, self._config.require)


def _load(
    config: LocalModelConfig,
) -> tuple[Any, Callable[[str], str], Callable[[], AbstractContextManager[object]]]:
    """A generator of outlines, what makes a user's turn of a prompt, and what avoids compiling.

    Raises ``ConfigError`` when the folder holds no such model.
    """
    import outlines
    import torch
    from outlines.types import JsonSchema
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(config.folder, local_files_only=True)
        model: Any = AutoModelForCausalLM.from_pretrained(config.folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{config.folder.name!r} holds no causal language model with a tokenizer: give the "
            "folder of one"
        ) from error
    wrapped = outlines.from_transformers(model.to(config.device).eval(), tokenizer)
    generator = outlines.Generator(wrapped, JsonSchema(draft_schema(), whitespace_pattern=""))

    def turn(prompt: str) -> str:
        if tokenizer.chat_template is None:
            return prompt
        messages = [{"role": "user", "content": prompt}]
        return str(
            tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        )

    return generator, turn, lambda: torch.compiler.set_stance("force_eager")
