"""`uas completion SHELL`: the completion script of a shell."""

import argparse
import sys

from uas_cli.command import Command, ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the shell."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="shell to complete in")


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    from uas_cli.catalogue import Catalogue
    from uas_cli.completion import script

    sys.stdout.write(script(arguments.shell, Catalogue.installed()))
    return ExitCode.OK


command = Command(
    name="completion",
    help="print a completion script for bash, zsh or fish",
    add_arguments=add_arguments,
    run=run,
    examples=(
        'eval "$(uas completion bash)"',
        'eval "$(uas completion zsh)"',
        "uas completion fish > ~/.config/fish/completions/uas.fish",
    ),
)
