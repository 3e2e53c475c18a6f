"""The examples of the documents run.

A fenced block takes part when its first line says so: `python run`, `sh run`, or `sh run model` for
one that needs the built default model. A block of JSON right after it is the expected output.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")]

_BLOCK = re.compile(
    r"^```(?P<language>python|sh) run(?P<model> model)?\n(?P<code>.*?)^```$"
    r"(?:\n\n```json\n(?P<output>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Example:
    """A block of code in a document."""

    name: str
    language: str
    code: str
    needs_model: bool
    output: str | None

    def words(self) -> list[str]:
        """The command that runs it."""
        if self.language == "python":
            return [sys.executable, "-W", "error", "-c", self.code]
        return ["bash", "-euo", "pipefail", "-c", self.code]


def _examples() -> Iterator[Example]:
    for document in sorted(DOCUMENTS):
        text = document.read_text(encoding="utf-8")
        for match in _BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield Example(
                name=f"{document.relative_to(ROOT)}:{line}",
                language=match["language"],
                code=match["code"],
                needs_model=match["model"] is not None,
                output=match["output"],
            )


def _marked(example: Example) -> object:
    marks = [pytest.mark.model, pytest.mark.slow] if example.needs_model else []
    return pytest.param(example, id=example.name, marks=marks)


@pytest.mark.parametrize("example", [_marked(example) for example in _examples()])
def test_the_example_runs(example: Example, environment: dict[str, str]) -> None:
    answer = subprocess.run(  # noqa: S603
        example.words(), cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    if example.output is not None:
        assert json.loads(answer.stdout) == json.loads(example.output)
