"""`uas keys`: make an API key. The key is shown once; the server keeps only its hash."""

import argparse
import sys

from uas_cli.command import Command, CommandError, ExitCode, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `new`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    new = actions.add_parser("new", help="make a key: its line for the file, and the key itself")
    new.add_argument("--name", required=True, help="name of the key, for the log")
    new.add_argument(
        "--scope",
        action="append",
        metavar="SCOPE",
        help="what it may do; repeat it (default: all but metrics)",
    )
    new.add_argument("--requests-per-minute", type=int, metavar="N", help="most requests")
    new.add_argument("--concurrency", type=int, metavar="N", help="most requests at a time")


def run(arguments: argparse.Namespace) -> int:
    """Print the line on standard output, so that it can be appended, and the key beside it."""
    from pydantic import ValidationError

    from uas_schema.strict import explain
    from uas_server.keys.entry import ApiKey, digest_of, new_key

    key = new_key()
    given = {
        "name": arguments.name,
        "sha256": digest_of(key.encode()).hex(),
        "scopes": arguments.scope,
        "requests_per_minute": arguments.requests_per_minute,
        "concurrency": arguments.concurrency,
    }
    try:
        entry = ApiKey.model_validate(
            {name: value for name, value in given.items() if value is not None}
        )
    except ValidationError as error:
        raise CommandError(explain(error, ApiKey), ExitCode.USAGE) from None
    say(f"uas: the key, shown only here: {key}")
    sys.stdout.write(entry.line() + "\n")
    return ExitCode.OK


command = Command(
    name="keys",
    help="make API keys",
    add_arguments=add_arguments,
    run=run,
    examples=(
        "uas keys new --name app >> keys.yaml",
        "uas keys new --name prometheus --scope metrics >> keys.yaml",
        "uas keys new --name trial --requests-per-minute 60 --concurrency 4 >> keys.yaml",
        "uas serve --keys-file keys.yaml",
    ),
)
