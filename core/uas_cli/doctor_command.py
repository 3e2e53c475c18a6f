"""`uas doctor`: can this machine and this installation run the default model?"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from uas_cli.command import Command, CommandError, ExitCode, write_json

if TYPE_CHECKING:
    from uas_cli.checks import Check


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the form of the answer and the file of tested versions."""
    parser.add_argument("--json", action="store_true", help="print the answers as JSON")
    parser.add_argument(
        "--constraints",
        type=Path,
        metavar="FILE",
        help="pip constraints file to compare with (default: that of the checkout, if any)",
    )


def _constraints(given: Path | None) -> str | None:
    """Text of the constraints file, or None when none was named and there is no checkout."""
    place = given or Path(__file__).resolve().parents[2] / "constraints.txt"
    try:
        return place.read_text(encoding="utf-8")
    except OSError as error:
        if given is None:
            return None
        message = f"cannot read the constraints file {str(given)!r}: {error.strerror}"
        raise CommandError(message, ExitCode.USAGE) from error


def _examine(constraints: str | None) -> "list[Check]":
    from uas_cli import checks

    found = [checks.python_version(), checks.cpu(), *checks.cpu_quota(os.environ), checks.memory()]
    found += checks.traces(os.environ)
    if constraints is not None:
        found.append(checks.pinned_versions(constraints))
    return [*found, *_examine_model(), *checks.extras()]


def _examine_model() -> "Iterator[Check]":
    """Nothing without the extra `model`: that check names what is missing."""
    from uas_cli import checks

    try:
        from uas_model.cache import cache_root
        from uas_model.registry import DEFAULT_MODEL, built_folder
    except ModuleNotFoundError:
        return
    yield checks.disk(cache_root())
    yield checks.model(DEFAULT_MODEL, built_folder(DEFAULT_MODEL))


def _table(found: "Sequence[Check]") -> str:
    """The answers for a person: one line each, the remedy below."""
    width = max(len(check.name) for check in found)
    lines = []
    for check in found:
        lines.append(f"{check.status:<5} {check.name:<{width}}  {check.found}")
        if check.fix:
            lines.append(f"{'':<5} {'':<{width}}  -> {check.fix}")
    return "\n".join(lines) + "\n"


def run(arguments: argparse.Namespace) -> int:
    """Print the answers; exit code 1 when one of them is bad."""
    found = _examine(_constraints(arguments.constraints))
    healthy = all(check.status != "bad" for check in found)
    if arguments.json:
        write_json({"healthy": healthy, "checks": [asdict(check) for check in found]})
    else:
        sys.stdout.write(_table(found))
    return ExitCode.OK if healthy else ExitCode.FAILED


command = Command(
    name="doctor",
    help="check this machine and the installation",
    add_arguments=add_arguments,
    run=run,
    examples=("uas doctor", "uas doctor --json"),
)
