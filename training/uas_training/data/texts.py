"""Text without a sound: what a user writes and what the language model replies.

JSONL in TRL's prompt-completion form, ``{"prompt": "...", "completion": "..."}``. A stage that
moves the language model mixes some in, so that it stays one.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import Field, ValidationError

from uas_schema.errors import DataError
from uas_schema.strict import Strict, explain
from uas_training.config import ConfigError, TextConfig
from uas_training.data.sequences import ClipSequence, Writer

_HELD_OUT_ONE_IN = 20


class Text(Strict):
    """One prompt of a user and the reply to it."""

    prompt: str = Field(min_length=1)
    completion: str = Field(min_length=1)

    def to_json(self) -> str:
        """One line of a manifest."""
        return json.dumps(self.model_dump(), ensure_ascii=False)


@dataclass(frozen=True)
class TextMix:
    """Texts to learn from, as sequences, and held-out ones.

    ``share`` of the clips of a batch have a text beside them.
    """

    training: Sequence[ClipSequence] = ()
    held_out: Sequence[ClipSequence] = ()
    share: float = 0.0

    def draw(self, clips: int, rng: np.random.Generator) -> list[ClipSequence]:
        """The texts beside so many clips. Without texts nothing is drawn from ``rng``."""
        if not self.training:
            return []
        count = int(rng.binomial(clips, self.share))
        return [self.training[int(n)] for n in rng.integers(len(self.training), size=count)]


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


def text_mix(config: TextConfig | None, writer: Writer) -> TextMix:
    """The texts of a stage; one in twenty, by a hash of the prompt, is held out.

    Texts of more than ``longest_tokens`` are left out.

    Raises:
        ConfigError: the prompts of the base have no place for text, or no text is left.
    """
    if config is None:
        return TextMix()
    training: list[ClipSequence] = []
    held_out: list[ClipSequence] = []
    for text in read_texts(config.manifests):
        sequence = _sequence(text, writer, config.weight)
        if sequence.length <= config.longest_tokens:
            (held_out if is_held_out(text) else training).append(sequence)
    if not training:
        raise ConfigError(
            f"text: no text of at most {config.longest_tokens} tokens to learn from; give longer "
            "manifests, or a higher longest_tokens"
        )
    return TextMix(training, held_out, config.share)


def is_held_out(text: Text) -> bool:
    """Whether a text is kept to measure with; texts with one prompt are kept together."""
    digest = hashlib.sha256(text.prompt.encode()).hexdigest()
    return int(digest, 16) % _HELD_OUT_ONE_IN == 0


def _sequence(text: Text, writer: Writer, weight: float) -> ClipSequence:
    try:
        return writer.text(text.prompt, text.completion, weight)
    except DataError as error:
        raise ConfigError(f"text: {error}") from error


def _text(line: str, where: str) -> Text:
    try:
        return Text.model_validate_json(line)
    except ValidationError as error:
        raise ConfigError(f"{where}: {explain(error, Text)}") from error
