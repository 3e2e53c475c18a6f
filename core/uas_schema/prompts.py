"""Prompts as data: one YAML file per model family, rendered to parts that are tokenised apart.

User text and control tokens never mix: a ``Text`` part is tokenised with control tokens off, a
``Control`` part is one special token by name. Knows nothing of token ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import jinja2
from pydantic import AfterValidator, model_validator

from uas_schema.document import clean
from uas_schema.errors import DataError
from uas_schema.strict import Strict, nearest, package_text, read_yaml

Task = Literal["uas", "ask", "asr", "tts"]
YES_NO = ("yes", "no")

# Prompts are plain text for a tokeniser, not HTML. Compiled templates are cached by their text.
_TEMPLATES = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701
_compiled = cache(_TEMPLATES.from_string)


@dataclass(frozen=True)
class Text:
    """Plain text: tokenised with control tokens off."""

    text: str


@dataclass(frozen=True)
class Control:
    """One special token by its name, such as "<|im_end|>"."""

    token: str


@dataclass(frozen=True)
class Audio:
    """The place of the clip's audio tokens."""


PromptPart = Text | Control | Audio


class TurnPart(Strict):
    """One part of a turn as the YAML has it: exactly one of the keys."""

    control: str | None = None
    text: str | None = None
    audio: Literal[True] | None = None
    task: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_key(self) -> "TurnPart":
        if len(self.model_fields_set) != 1:
            raise ValueError("give exactly one of control, text, audio, task")
        return self


def _template(text: str) -> str:
    try:
        _compiled(text)
    except jinja2.TemplateSyntaxError as error:
        raise ValueError(f"not a template: line {error.lineno}: {error.message}") from error
    return text


Template = Annotated[str, AfterValidator(_template)]


class Tasks(Strict):
    """Template of each task.

    They see ``question``, ``draft`` (or None) and ``choices``; ``tts``, whose answer is audio
    tokens, sees ``text`` too.
    """

    uas: Template
    ask: Template
    asr: Template
    tts: Template


class PromptFamily(Strict):
    """Prompts of one model family. ``stop`` is the control token that ends an answer."""

    family: str
    turn: tuple[TurnPart, ...]
    stop: str
    tasks: Tasks

    def render(
        self,
        task: Task,
        *,
        question: str | None = None,
        draft: str | None = None,
        choices: Sequence[str] | None = None,
        text: str | None = None,
    ) -> list[PromptPart]:
        """Parts of the prompt up to where the answer starts.

        ``question`` belongs to "ask" and only there; ``draft`` is a transcript to show the model;
        ``choices`` are the allowed answers, ``YES_NO`` for a yes/no question; ``text`` is what
        "tts" says, the one task without a clip. Raises ``DataError`` when the task does not fit
        the question or the text.
        """
        if (task == "ask") != (question is not None):
            raise DataError(f"task {task!r} with question {question!r}: only 'ask' has a question")
        if (task == "tts") != (text is not None):
            raise DataError(f"task {task!r} with text {text!r}: only 'tts' has a text")
        rendered = _compiled(getattr(self.tasks, task)).render(
            text=None if text is None else clean(text),
            question=None if question is None else clean(question),
            draft=None if draft is None else clean(draft),
            choices=tuple(choices or ()),
        )
        turn = (part for part in self.turn if not (task == "tts" and part.audio))
        return _joined([_part(part, rendered) for part in turn])


@cache
def load_prompts(family: str) -> PromptFamily:
    """Load a family that ships with the package.

    Raises ``DataError`` that names the nearest family when there is none of that name.
    """
    if family not in prompt_families():
        raise DataError(f"no prompt family {family!r}: {nearest(family, prompt_families())}")
    name = f"prompts/{family}.yaml"
    return parse_prompts(package_text(name), name)


def prompt_families() -> list[str]:
    """Names of the families that ship with the package."""
    folder = files("uas_schema").joinpath("data", "prompts")
    return sorted(file.name.removesuffix(".yaml") for file in folder.iterdir())


def parse_prompts(text: str, source: str) -> PromptFamily:
    """Read a family from YAML text. Raises ``DataError`` for an unknown key."""
    return read_yaml(PromptFamily, text, source)


def _part(part: TurnPart, task: str) -> PromptPart:
    if part.control is not None:
        return Control(part.control)
    if part.audio:
        return Audio()
    return Text(task if part.task else part.text or "")


def _joined(parts: list[PromptPart]) -> list[PromptPart]:
    """Merge neighbouring texts: they are tokenised as one."""
    merged: list[PromptPart] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, Text) and isinstance(last, Text):
            merged[-1] = Text(last.text + part.text)
        else:
            merged.append(part)
    return merged
