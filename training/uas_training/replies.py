"""Replies of a language model to texts, for it to learn beside clips: what it is told to keep is
what it would have said anyway (sequence-level distillation, Kim and Rush 2016, of a model into
itself). So no corpus of chats is needed, and none of its habits comes in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import ValidationError

from uas_model.checkpoint import Checkpoint
from uas_model.load import load_model
from uas_schema.errors import DataError
from uas_schema.prompts import load_prompts
from uas_schema.records import Record
from uas_schema.strict import Strict, read_yaml
from uas_training.config import ConfigError
from uas_training.data.texts import Text
from uas_training.evaluation.bench.progress import Progress
from uas_training.whole_files import write_whole

_TEXT = "{text}"
_ENGLISH = "en"


class Instructions(Strict):
    """What may be asked of a sentence, which takes the place of ``{text}``."""

    instructions: tuple[str, ...]


@dataclass(frozen=True)
class Written:
    """How many texts the file holds, and how many replies were too long or empty this time."""

    texts: int
    left_out: int


@cache
def instructions() -> tuple[str, ...]:
    """The shipped instructions."""
    source = files("uas_training").joinpath("data", "instructions.yaml")
    return read_yaml(Instructions, source.read_text(encoding="utf-8"), source.name).instructions


def prompts_of(records: Sequence[Record], count: int, seed: int) -> list[str]:
    """So many prompts, each with an instruction and what is said in an English training record.

    Raises:
        ConfigError: the records have fewer sentences than that, or none is asked for.
    """
    said = {
        record.document.transcription or ""
        for record in records
        if record.split == "train"
        and record.language == _ENGLISH
        and record.known["transcription"] != "none"
    }
    sentences = sorted(said - {""})
    if not 1 <= count <= len(sentences):
        raise ConfigError(
            f"{count} prompts are asked for, and the manifests have {len(sentences)} English "
            f"sentences; ask for 1 to {len(sentences)}"
        )
    rng = np.random.default_rng(seed)
    asked = rng.integers(len(instructions()), size=len(sentences)).tolist()
    order = rng.permutation(len(sentences)).tolist()  # fewer prompts are the first of more
    return [instructions()[asked[n]].replace(_TEXT, sentences[n]) for n in order[:count]]


def write_replies(
    base: Path,
    prompts: Sequence[str],
    target: Path,
    progress: Progress,
    *,
    longest_tokens: int = 96,
    together: int = 16,
) -> Written:
    """Add the likeliest reply of ``base`` to every prompt that ``target`` has none to.

    A reply that is not ended after ``longest_tokens`` is left out: half a sentence is no habit to
    keep. So is an empty one.

    Raises:
        ConfigError: the prompts of the base have no place for text, or ``target`` holds something
            else than texts.
        uas_model.errors.ModelError: the base is not right.
    """
    done = _written(target)
    writing = _Writing(base, longest_tokens)
    known = {text.prompt for text in done}
    left = [prompt for prompt in prompts if prompt not in known]
    batches = [left[start : start + together] for start in range(0, len(left), together)]
    write_whole(target, "".join(text.to_json() + "\n" for text in done))
    new = 0
    for batch in progress.over(batches, "replies"):
        texts = list(writing.texts(batch))
        with target.open("a", encoding="utf-8") as file:
            file.writelines(text.to_json() + "\n" for text in texts)
        new += len(texts)
    return Written(texts=len(done) + new, left_out=len(left) - new)


def _written(target: Path) -> list[Text]:
    """Texts that are there, without a last line that was cut by a kill.

    Raises:
        ConfigError: another line is no text: the file is not to be lost.
    """
    if not target.is_file():
        return []
    *lines, last = target.read_bytes().split(b"\n")
    texts = []
    for line in (*lines, last):
        try:
            texts += [Text.model_validate_json(line)] if line else []
        except ValidationError as error:
            if line is not last:
                raise ConfigError(
                    f"{target} holds something else than texts; give another --output"
                ) from error
    return texts


class _Writing:
    """A base that replies to batches of prompts."""

    def __init__(self, base: Path, longest_tokens: int) -> None:
        checkpoint = Checkpoint.open(base)
        self.tokens = checkpoint.tokenizer
        self.prompts = load_prompts(checkpoint.info.prompt_family)
        self.stop = self.tokens.control(self.prompts.stop)
        # Any: transformers types `generate` by its keyword arguments, which are in a dict here.
        self.model: Any = load_model(base)
        self.longest_tokens = longest_tokens

    def texts(self, prompts: Sequence[str]) -> Iterator[Text]:
        """The prompts with their replies, without those whose reply is cut or empty."""
        rows = [self._ids(prompt) for prompt in prompts]
        for prompt, reply in zip(prompts, self._replies(rows), strict=True):
            ended = self.stop in reply
            said = self.tokens.decode(reply[: reply.index(self.stop)]) if ended else ""
            if said.strip():
                yield Text(prompt=prompt, completion=said)

    @torch.inference_mode()
    def _replies(self, rows: Sequence[list[int]]) -> list[list[int]]:
        width = max(map(len, rows))
        ids = torch.tensor([[self.stop] * (width - len(row)) + row for row in rows])
        real = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
        written = self.model.generate(
            input_ids=ids,
            attention_mask=real,
            max_new_tokens=self.longest_tokens,
            do_sample=False,
            eos_token_id=self.stop,
            pad_token_id=self.stop,
        )
        replies: list[list[int]] = written[:, width:].tolist()
        return replies

    def _ids(self, prompt: str) -> list[int]:
        try:
            return self.tokens.encode_prompt(self.prompts.render("text", text=prompt), 0)
        except DataError as error:
            raise ConfigError(str(error)) from error
