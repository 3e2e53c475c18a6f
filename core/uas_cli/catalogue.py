"""The sub-commands that the installed packages offer.

Finding them reads package metadata only; a command's module is imported when it is loaded.
"""

import difflib
from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from uas_cli.command import Command, CommandError, ExitCode

GROUP = "uas.commands"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Known name that looks most like a mistyped one, or None when none comes close."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), None)


class Catalogue:
    """Sub-commands by name, in the order in which they were registered."""

    def __init__(self, found: Mapping[str, EntryPoint]) -> None:
        self._found = dict(found)

    @classmethod
    def installed(cls) -> "Catalogue":
        """Commands of every installed package with entry points in the group `uas.commands`."""
        return cls({point.name: point for point in entry_points(group=GROUP)})

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all sub-commands."""
        return tuple(self._found)

    def load(self, name: str) -> Command:
        """Import one command.

        Raises:
            CommandError: with exit code 2, naming the nearest known command, for an unknown name;
                with exit code 1 when the entry point names something else.
            ImportError: its module needs something that is not installed.
        """
        if name not in self._found:
            guess = nearest(name, self._found)
            hint = f"did you mean {guess!r}?" if guess else "see uas --help"
            raise CommandError(f"there is no command {name!r}; {hint}", ExitCode.USAGE)
        point = self._found[name]
        loaded = getattr(import_module(point.module), point.attr, None)
        if not isinstance(loaded, Command):
            raise CommandError(f"{point.value}, registered as {name!r} in {GROUP}, is no Command")
        return loaded

    def help_of(self, name: str) -> str:
        """One line about a command; says so when its module cannot be imported."""
        try:
            return self.load(name).help
        except (ImportError, CommandError) as error:
            return f"(not usable: {error})"
