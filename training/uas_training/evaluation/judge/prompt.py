"""What the judge is asked, from ``prompt.yaml``: two texts as JSON strings that stay data."""

import hashlib
import re
from functools import cache
from importlib.resources import files

import jinja2
from pydantic import Field, field_validator

from uas_schema.records import KnownField
from uas_schema.strict import Strict, read_yaml
from uas_training.rewards.free_text import FREE_TEXT

_FILE = "prompt.yaml"
# Quotes, brackets, line ends and the like are escaped: no text can close its string, begin a line,
# or spell a marker of a chat template such as "<|im_end|>".
_NOT_PLAIN = re.compile(r"[^\w ,.;:'()!?/%+-]")


class JudgePrompt(Strict):
    """The prompt of a judge.

    Attributes:
        version: raised with every change.
        max_tokens: of a reply.
        fields: what each free-text field is about.
        text: Jinja template that sees ``what``, ``truth`` and ``said``.
    """

    version: int = Field(gt=0)
    max_tokens: int = Field(gt=0)
    fields: dict[KnownField, str]
    text: str

    @field_validator("fields")
    @classmethod
    def _all(cls, fields: dict[KnownField, str]) -> dict[KnownField, str]:
        if missing := [name for name in FREE_TEXT if name not in fields]:
            raise ValueError(f"nothing on {', '.join(missing)}; say what each is about")
        return fields

    @property
    def name(self) -> str:
        """Version, and the start of a hash of all that the judge is told: "1-0a1b2c3d"."""
        told = self.model_dump_json(include={"fields", "text"})
        return f"{self.version}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"

    def render(self, field: KnownField, true: str | None, said: str | None) -> str:
        """The question about one field of one clip."""
        environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 (a prompt, not HTML)
        return environment.from_string(self.text).render(
            what=self.fields[field], truth=json_text(true), said=json_text(said)
        )


@cache
def load_prompt() -> JudgePrompt:
    """The prompt that ships with the package."""
    path = files("uas_training.evaluation.judge").joinpath(_FILE)
    return read_yaml(JudgePrompt, path.read_text(encoding="utf-8"), _FILE)


def json_text(text: str | None) -> str:
    """The text as a JSON string of letters, digits and plain punctuation, all else escaped."""
    if text is None:
        return "null"
    return '"' + _NOT_PLAIN.sub(_escaped, text) + '"'


def _escaped(match: re.Match[str]) -> str:
    """One character as the escapes of its UTF-16 units."""
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
