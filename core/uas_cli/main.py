"""`uas`: take the first word, import the command of that name, run it, end with its exit code."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from uas_cli.catalogue import Catalogue, nearest
from uas_cli.command import Command, CommandError, ExitCode, parser_of, say
from uas_cli.extras import DISTRIBUTION, missing_module_message

_ABOUT = "Structured audio understanding: what was said, how it was said, what else was heard."


def overview(catalogue: Catalogue) -> str:
    """Text of `uas --help`: usage, every command with its line, how to go on."""
    names = sorted(catalogue.names)
    width = max(map(len, names), default=0)
    lines = [f"  {name:<{width}}  {catalogue.help_of(name)}" for name in names]
    usage = "usage: uas [--help] [--version] COMMAND ..."
    end = "`uas COMMAND --help` describes one command. Results go to standard output as JSON."
    return "\n".join([usage, "", _ABOUT, "", "commands:", *lines, "", end, ""])


def installed_version() -> str:
    """Version of the installed distribution, or `unknown` when run from a bare checkout."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"


def _unknown_option(parser: argparse.ArgumentParser, words: Sequence[str]) -> str:
    """Error text for words that a parser does not know, with the nearest option it has."""
    # argparse has no public list of a parser's options.
    guess = nearest(words[0].partition("=")[0], parser._option_string_actions)
    hint = f"; did you mean {guess}?" if guess else ""
    return f"unrecognized arguments: {' '.join(words)}{hint}"


def _run(command: Command, words: Sequence[str]) -> int:
    parser = parser_of(command)
    arguments, unknown = parser.parse_known_args(words)
    if unknown:
        parser.error(_unknown_option(parser, unknown))
    return command.run(arguments)


def _dispatch(words: Sequence[str], catalogue: Catalogue) -> int:
    if not words:
        sys.stderr.write(overview(catalogue))
        return ExitCode.USAGE
    first, *rest = words
    if first in ("-h", "--help", "help"):
        sys.stdout.write(overview(catalogue))
        return ExitCode.OK
    if first == "--version":
        sys.stdout.write(f"uas {installed_version()}\n")
        return ExitCode.OK
    return _run(catalogue.load(first), rest)


def _leave_broken_pipe() -> int:
    """The reader of our output has gone (`uas schema | head`): end without a traceback."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.FAILED


def main(words: Sequence[str] | None = None, catalogue: Catalogue | None = None) -> int:
    """Run `uas` and return its exit code.

    `words` are the arguments after the program's name (default: `sys.argv[1:]`); `catalogue`
    holds the sub-commands (default: the installed ones). Raises `SystemExit`, like argparse,
    for `--help` and for usage errors of a sub-command.
    """
    words = sys.argv[1:] if words is None else words
    try:
        return _dispatch(words, catalogue or Catalogue.installed())
    except CommandError as error:
        say(f"uas: {error}")
        return error.exit_code
    except ModuleNotFoundError as error:
        say(f"uas: {missing_module_message(error.name or str(error))}")
        return ExitCode.FAILED
    except KeyboardInterrupt:
        say("uas: interrupted")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return _leave_broken_pipe()
