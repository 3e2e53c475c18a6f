"""What a sub-command of `uas` is, and how it ends.

A package adds a sub-command with an entry point in the group `uas.commands` that names a
`Command`. The module that holds it is imported for `uas --help`, so it must stay light: whatever
needs torch, fastapi or numpy is imported inside `run`. This module knows no sub-command.

Standard output carries results as JSON; everything said to a person goes to standard error.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every `uas` command."""

    OK = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    """The model or the configuration was refused: starting again will not help."""
    INTERRUPTED = 130


class CommandError(Exception):
    """Ends a command with one clear line on standard error and an exit code.

    The message names what was wrong and what to do about it.
    """

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True)
class Command:
    """One sub-command.

    `help` is one line without a full stop, shown by `uas --help`; `examples` are whole command
    lines, shown under the sub-command's own `--help`. `run` returns an exit code.
    """

    name: str
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    examples: tuple[str, ...] = ()


def parser_of(command: Command) -> argparse.ArgumentParser:
    """Argument parser of one command, with its examples below the options."""
    lines = [f"  {example}" for example in command.examples]
    parser = argparse.ArgumentParser(
        prog=f"uas {command.name}",
        description=command.help[:1].upper() + command.help[1:] + ".",
        epilog="\n".join(["examples:", *lines]) if lines else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    return parser


def write_json(value: object, *, indent: int | None = 2) -> None:
    """Write a JSON value and a line break to standard output; `indent=None` gives one line."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say(message: str) -> None:
    """Tell the person at the terminal something: one line on standard error."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()
