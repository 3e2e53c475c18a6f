"""`uas ask`: a question about a file, answered by the model here or on a running server."""

import argparse
import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from uas_cli.command import Command
from uas_server.clips_command import add_clip_arguments, answer_all, post, services_here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare file, question, and the form of the answer."""
    parser.add_argument("file", metavar="FILE", help='audio file, "-" for stdin')
    parser.add_argument("question", metavar="QUESTION", help="what to answer")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--choice", action="append", default=[], help="an allowed answer; repeat it")
    form.add_argument("--yes-no", action="store_true", help="answer yes or no")
    form.add_argument("--schema", type=Path, metavar="FILE", help="JSON Schema of the answer")
    add_clip_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the answer's JSON envelope."""
    return asyncio.run(_remote(arguments) if arguments.server else _here(arguments))


def _fields(arguments: argparse.Namespace) -> dict[str, Any]:
    """The parameters of POST /v1/ask."""
    schema = arguments.schema and arguments.schema.read_text(encoding="utf-8")
    given = {
        "question": arguments.question,
        "choices": arguments.choice,
        "yes_no": "true" if arguments.yes_no else None,
        "schema": schema,
        "max_tokens": arguments.max_tokens,
    }
    return {name: value for name, value in given.items() if value not in (None, [])}


async def _remote(arguments: argparse.Namespace) -> int:
    async def ask(audio: bytes) -> Mapping[str, Any]:
        return await post(arguments.server, "/v1/ask", audio, _fields(arguments))

    return await answer_all([arguments.file], ask)


async def _here(arguments: argparse.Namespace) -> int:
    from uas_server.inprocess import ask_bytes

    async with services_here(arguments) as services:

        async def ask(audio: bytes) -> Mapping[str, Any]:
            return await ask_bytes(services, audio, _fields(arguments))

        return await answer_all([arguments.file], ask)


command = Command(
    name="ask",
    help="ask a question about an audio file",
    add_arguments=add_arguments,
    run=run,
    examples=(
        'uas ask clip.wav "What emotion does the speaker show?"',
        'uas ask clip.wav "Is music playing?" --yes-no',
        'uas ask clip.wav "Who speaks?" --choice "a man" --choice "a woman"',
    ),
)
