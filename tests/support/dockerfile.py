"""Reads a Dockerfile as far as ours goes: stages, instructions, the two forms of a command."""

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

_CONTINUED = re.compile(r"\\\n")
_FLAG = re.compile(r"--\S+\s+")


@dataclass(frozen=True)
class Instruction:
    """One instruction: its name in capitals, and its text without flags."""

    name: str
    text: str
    flags: tuple[str, ...]

    @property
    def is_exec(self) -> bool:
        """Whether its command is a JSON list, run without a shell."""
        return self.command_text.startswith("[")

    @property
    def command_text(self) -> str:
        """Its command as it is written; that of a HEALTHCHECK comes behind CMD."""
        return self.text.removeprefix("CMD").strip()

    @property
    def words(self) -> list[str]:
        """Its command as words; a shell gets the text as it is."""
        if self.is_exec:
            return list(json.loads(self.command_text))
        return ["/bin/sh", "-c", self.command_text]

    @property
    def values(self) -> dict[str, str]:
        """The variables of an ENV."""
        return dict(word.split("=", 1) for word in shlex.split(self.text))


@dataclass(frozen=True)
class Stage:
    """One `FROM`: what it begins with, its name, its own instructions."""

    base: str
    name: str
    instructions: tuple[Instruction, ...]

    def last(self, name: str) -> Instruction | None:
        """The last instruction of a kind, if there is one."""
        return next((each for each in reversed(self.instructions) if each.name == name), None)


def stages_of(file: Path) -> dict[str, Stage]:
    """The stages of a file by name; one that builds on another begins with its instructions."""
    stages: dict[str, Stage] = {}
    for part in re.split(r"^FROM ", _plain(file.read_text("utf-8")), flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        base, _, name = head.split()
        before = stages[base].instructions if base in stages else ()
        own = tuple(map(_instruction, filter(None, body.splitlines())))
        stages[name] = Stage(base, name, (*before, *own))
    return stages


def arguments_of(file: Path) -> dict[str, str]:
    """The ARGs before the first stage, with their defaults."""
    before = _plain(file.read_text("utf-8")).partition("\nFROM ")[0]
    return dict(re.findall(r"^ARG (\w+)=(\S+)$", before, re.MULTILINE))


def _plain(text: str) -> str:
    """Without comments, one line to an instruction."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return _CONTINUED.sub("", "\n".join(lines))


def _instruction(line: str) -> Instruction:
    name, _, rest = line.strip().partition(" ")
    rest, flags = rest.strip(), []
    while match := _FLAG.match(rest):
        flags.append(match[0].strip())
        rest = rest[match.end() :]
    return Instruction(name, rest, tuple(flags))
