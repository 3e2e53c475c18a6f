"""`uas describe`: files in, UAS documents out, with the model here or on a running server."""

import argparse
import asyncio
from collections.abc import Mapping
from typing import Any

from uas_cli.command import Command
from uas_server.clips_command import add_clip_arguments, answer_all, post, services_here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare files and options."""
    parser.add_argument("files", nargs="+", metavar="FILE", help='audio file, "-" for stdin')
    add_clip_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print one JSON envelope per file: indented for one, one line each for several."""
    return asyncio.run(_remote(arguments) if arguments.server else _here(arguments))


def _fields(arguments: argparse.Namespace) -> dict[str, Any]:
    """The parameters of POST /v1/uas."""
    return {} if arguments.max_tokens is None else {"max_tokens": arguments.max_tokens}


async def _remote(arguments: argparse.Namespace) -> int:
    async def describe(audio: bytes) -> Mapping[str, Any]:
        return await post(arguments.server, "/v1/uas", audio, _fields(arguments))

    return await answer_all(arguments.files, describe)


async def _here(arguments: argparse.Namespace) -> int:
    from uas_server.inprocess import describe_bytes

    async with services_here(arguments) as services:

        async def describe(audio: bytes) -> Mapping[str, Any]:
            return await describe_bytes(services, audio, _fields(arguments))

        return await answer_all(arguments.files, describe)


command = Command(
    name="describe",
    help="describe audio files as UAS documents",
    add_arguments=add_arguments,
    run=run,
    examples=(
        "uas describe clip.wav",
        "uas describe *.flac > documents.jsonl",
        "cat clip.mp3 | uas describe -",
        "uas describe clip.wav --server http://127.0.0.1:8000",
    ),
)
