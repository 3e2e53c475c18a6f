"""Prompts as data: one YAML file per model family, rendered to parts that are tokenised apart.

User text and control tokens never mix: a ``Text`` part is tokenised with control tokens off, a
``Control`` part is one special token by name. A family also says by which architectures its
checkpoints are known, and how a clip stands in its prompts. Knows nothing of token ids.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import jinja2
from pydantic import AfterValidator, Field, model_validator

from uas_schema.document import clean
from uas_schema.errors import DataError
from uas_schema.strict import Strict, nearest, package_text, read_yaml

Task = Literal["uas", "ask", "asr", "tts", "text"]
AudioCount = Literal["pooled", "windowed"]
"""How many positions a clip takes; `uas_model.audio_tokens` has the arithmetic."""

YES_NO = ("yes", "no")
WITHOUT_CLIP: tuple[Task, ...] = ("tts", "text")

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

    They see ``question``, ``draft`` (or None) and ``choices``. Two have no clip and see ``text``
    instead: ``tts``, whose answer is audio tokens, and ``text``, what a user writes to the language
    model. A family leaves out what it cannot do.
    """

    uas: Template
    ask: Template
    asr: Template
    tts: Template | None = None
    text: Template | None = None


class Clip(Strict):
    """How a clip stands in the prompts of a family.

    ``token`` is the control token that marks its place, once per position; ``count`` how many
    positions it takes; ``window_s`` the longest clip in one request, in seconds, of a checkpoint
    that does not say so itself, and ``document_window_s`` what a longer clip is cut to before it
    is described, ``window_s`` when None.
    """

    token: str = "<sound>"  # noqa: S105 - a vocabulary entry
    count: AudioCount = "pooled"
    window_s: Annotated[int, Field(ge=1)] = 30
    document_window_s: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Clip":
        if self.document_window_s is not None and self.document_window_s > self.window_s:
            raise ValueError(
                f"document_window_s is {self.document_window_s}, more than window_s, "
                f"{self.window_s}; use 1 to {self.window_s} or leave it out"
            )
        return self


class PromptFamily(Strict):
    """Prompts of one model family.

    ``stop`` is the control token that ends an answer. ``architectures`` are those of `config.json`
    whose checkpoints take these prompts when they name no family themselves. ``fence`` is the
    text that the family writes before a document, such as the first line of a code block.
    """

    family: str
    architectures: tuple[str, ...] = ()
    clip: Clip = Clip()
    turn: tuple[TurnPart, ...]
    stop: str
    fence: str = ""
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
        "tts" says, or what the user of "text" writes: the tasks without a clip. Raises
        ``DataError`` when the task does not fit the question or the text, or is none of the
        family's.
        """
        if (task == "ask") != (question is not None):
            raise DataError(f"task {task!r} with question {question!r}: only 'ask' has a question")
        if (task in WITHOUT_CLIP) != (text is not None):
            raise DataError(f"task {task!r} with text {text!r}: only 'tts' and 'text' have one")
        template = getattr(self.tasks, task)
        if template is None:
            raise DataError(f"the prompt family {self.family!r} has no task {task!r}")
        rendered = _compiled(template).render(
            text=None if text is None else clean(text),
            question=None if question is None else clean(question),
            draft=None if draft is None else clean(draft),
            choices=tuple(choices or ()),
        )
        turn = (part for part in self.turn if not (task in WITHOUT_CLIP and part.audio))
        parts = [_part(part, rendered) for part in turn]
        return _joined([*parts, Text(self.fence)] if task == "uas" and self.fence else parts)


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


def family_of(architectures: Collection[str]) -> PromptFamily:
    """The shipped family whose checkpoints have one of these architectures.

    Raises ``DataError`` that names the known architectures when there is none.
    """
    families = [load_prompts(name) for name in prompt_families()]
    for family in families:
        if set(family.architectures) & set(architectures):
            return family
    known = sorted(name for family in families for name in family.architectures)
    raise DataError(
        f"no prompt family for the architectures {sorted(architectures)}; known are "
        + ", ".join(known)
    )


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
