"""Completion scripts for shells, made from the argument parsers of the commands themselves.

The scripts hold the words; pressing tab starts no Python. They are as old as the `uas` that
wrote them.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from uas_cli.catalogue import Catalogue
from uas_cli.command import CommandError, parser_of

SHELLS = ("bash", "zsh", "fish")


@dataclass(frozen=True)
class Word:
    """A word that may come next, and what it does."""

    text: str
    help: str


@dataclass(frozen=True)
class Place:
    """What may follow the commands in `path`: `("model", "build")` is `uas model build`."""

    path: tuple[str, ...]
    words: tuple[Word, ...]


def _words(parser: argparse.ArgumentParser) -> Iterator[Word]:
    # argparse has no public list of a parser's actions.
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for choice in action._choices_actions:
                yield Word(choice.dest, choice.help or "")
        elif action.option_strings:
            yield Word(action.option_strings[-1], (action.help or "").replace("%%", "%"))
        elif action.choices:
            yield from (Word(str(choice), action.help or "") for choice in action.choices)


def _places(path: tuple[str, ...], parser: argparse.ArgumentParser) -> Iterator[Place]:
    yield Place(path, tuple(_words(parser)))
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from _places((*path, name), inner)


def places(catalogue: Catalogue) -> list[Place]:
    """Every place on the command line with the words that may follow; the first is after `uas`.

    A command that cannot be imported is offered by name only.
    """
    names = sorted(catalogue.names)
    top = [Word(name, catalogue.help_of(name)) for name in names]
    top += [Word("--help", "describe the commands"), Word("--version", "print the version")]
    found = [Place((), tuple(top))]
    for name in names:
        try:
            found.extend(_places((name,), parser_of(catalogue.load(name))))
        except (ImportError, CommandError):
            continue
    return found


def script(shell: str, catalogue: Catalogue) -> str:
    """Completion script for one of `SHELLS`."""
    templates = Environment(
        loader=PackageLoader("uas_cli", "data"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - shell scripts, not HTML
    )
    templates.filters["fish_quoted"] = _fish_quoted
    return templates.get_template(f"completion.{shell}.j2").render(places=places(catalogue))


def _fish_quoted(text: str) -> str:
    """Text on one line in fish's single quotes."""
    line = " ".join(text.split()).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{line}'"
