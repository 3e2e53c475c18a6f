"""`uas schema`: the JSON Schema of a UAS document, its regular expression, or an example."""

import argparse
import sys
from importlib.resources import files

from uas_cli.command import Command, ExitCode, write_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the two other forms of the answer."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--regex",
        action="store_true",
        help="print the regular expression of the canonical text instead",
    )
    form.add_argument("--example", action="store_true", help="print a valid document instead")


def run(arguments: argparse.Namespace) -> int:
    """Print the form that was asked for."""
    from uas_schema.document import UasDocument

    if arguments.regex:
        from uas_schema.grammar import document_regex

        sys.stdout.write(document_regex() + "\n")
    elif arguments.example:
        text = files("uas_cli").joinpath("data/example.json").read_text(encoding="utf-8")
        sys.stdout.write(UasDocument.parse(text).canonical() + "\n")
    else:
        write_json(UasDocument.json_schema())
    return ExitCode.OK


command = Command(
    name="schema",
    help="print the JSON Schema of a UAS document",
    add_arguments=add_arguments,
    run=run,
    examples=("uas schema > uas.schema.json", "uas schema --regex", "uas schema --example"),
)
