"""Text without a sound: what a user writes and what the language model replies.

JSONL in TRL's prompt-completion form, ``{"prompt": "...", "completion": "..."}``. A stage that
moves the language model mixes some in, so that it stays one.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from pydantic import Field, ValidationError

from uas_schema.errors import DataError
from uas_schema.strict import Strict, explain
from uas_training.config import ConfigError, TextConfig
from uas_training.data.sequences import ClipSequence, Writer

MOST_HELD_OUT = 200
"""Texts that an evaluation reads one by one; more would take longer than they tell."""

_HELD_OUT_ONE_IN = 20


class Text(Strict):
    """One prompt of a user and the reply to it."""

    prompt: str = Field(min_length=1)
    completion: str = Field(min_length=1)

    def to_json(self) -> str:
        """One line of a manifest."""
        return json.dumps(self.model_dump(), ensure_ascii=False)


class TextMix:
    """Texts to learn from, and held-out ones; tokenised when they are asked for.

    Args:
        writer: makes token sequences.
        training: texts to learn from.
        held_out: texts to measure with.
        config: how many come beside the clips, and how much they count.
    """

    def __init__(
        self, writer: Writer, training: Sequence[Text], held_out: Sequence[Text], config: TextConfig
    ) -> None:
        self._writer, self._training, self._config = writer, training, config
        self._held_out = held_out

    def draw(self, clips: int, rng: np.random.Generator) -> list[ClipSequence]:
        """The texts beside so many clips."""
        count = int(rng.binomial(clips, self._config.share))
        drawn = rng.integers(len(self._training), size=count)
        return [self._sequence(self._training[int(n)]) for n in drawn]

    def held_out(self) -> list[ClipSequence]:
        """The texts that nothing is learned from."""
        return [self._sequence(text) for text in self._held_out]

    def _sequence(self, text: Text) -> ClipSequence:
        return self._writer.text(text.prompt, text.completion, self._config.weight)


def read_texts(paths: Iterable[Path]) -> list[Text]:
    """All texts of the files.

    Raises:
        ConfigError: a file that is not there, or a line that is no text; it names the line.
    """
    texts = []
    for path in paths:
        if not path.is_file():
            raise ConfigError(f"texts {path} do not exist; `uas train replies` writes some")
        try:
            lines = path.read_text(encoding="utf-8").split("\n")  # a string may hold U+2028
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"texts {path}: cannot be read as UTF-8 ({error})") from error
        texts += [_text(line, f"{path}, line {n}") for n, line in enumerate(lines, 1) if line]
    return texts


def text_mix(texts: Sequence[Text], config: TextConfig, writer: Writer) -> TextMix:
    """The texts of a stage; one in twenty, by a hash of the prompt, is held out.

    Texts of more than ``longest_tokens`` are left out. No more than a few hundred are held out.

    Raises:
        ConfigError: the prompts of the base have no place for text, or no text is left.
    """
    training: list[Text] = []
    held_out: list[Text] = []
    for text in texts:
        kept = held_out if is_held_out(text) else training
        if (kept is training or len(held_out) < MOST_HELD_OUT) and _fits(text, config, writer):
            kept.append(text)
    if not training:
        raise ConfigError(
            f"text: no text of at most {config.longest_tokens} tokens to learn from; give longer "
            "manifests, or a higher longest_tokens"
        )
    return TextMix(writer, training, held_out, config)


def is_held_out(text: Text) -> bool:
    """Whether a text is kept to measure with; texts with one prompt are kept together."""
    digest = hashlib.sha256(text.prompt.encode()).hexdigest()
    return int(digest, 16) % _HELD_OUT_ONE_IN == 0


def _fits(text: Text, config: TextConfig, writer: Writer) -> bool:
    try:
        return writer.text(text.prompt, text.completion, 1.0).length <= config.longest_tokens
    except DataError as error:
        raise ConfigError(f"text: {error}") from error


def _text(line: str, where: str) -> Text:
    try:
        return Text.model_validate_json(line)
    except ValidationError as error:
        raise ConfigError(f"{where}: {explain(error, Text)}") from error
