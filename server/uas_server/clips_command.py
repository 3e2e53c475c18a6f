"""What `uas describe` and `uas ask` share: reading clips, a server or a model here, the output."""

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from uas_cli.command import CommandError, ExitCode, say, write_json

if TYPE_CHECKING:
    from uas_server.services import Services

KEY_VARIABLE = "UAS_API_KEY"


class Answers(Protocol):
    """Answers one clip with JSON. Raises `CommandError` with what was wrong with it."""

    async def __call__(self, audio: bytes) -> Mapping[str, Any]:
        """Answer one clip."""
        ...


def add_clip_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the work is done and how much may be said."""
    parser.add_argument(
        "--server",
        metavar="URL",
        help=f"ask a running server (key from ${KEY_VARIABLE}) instead of running the model here",
    )
    parser.add_argument("--model", dest="setting_model", metavar="NAME", help="name or folder")
    parser.add_argument("--engine", dest="setting_engine", metavar="NAME", help="local or vllm")
    parser.add_argument("--precision", dest="setting_precision", metavar="VALUE", help="of weights")
    parser.add_argument("--max-tokens", type=int, metavar="N", help="output tokens per window")
    parser.set_defaults(config=None)


def read_clip(name: str) -> bytes:
    """Bytes of a file, or of standard input for "-". Raises `CommandError`."""
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read {name!r}: {error.strerror}") from error


async def answer_all(names: Sequence[str], answers: Answers) -> int:
    """Answer each clip in turn; one that fails is reported and the others go on."""
    failed = 0
    for name in names:
        try:
            answer = await answers(await asyncio.to_thread(read_clip, name))
        except CommandError as error:
            failed += 1
            say(f"uas: {name}: {error}")
        else:
            write_json(answer, indent=2 if len(names) == 1 else None)
    return ExitCode.FAILED if failed else ExitCode.OK


@contextlib.asynccontextmanager
async def services_here(arguments: argparse.Namespace) -> AsyncIterator["Services"]:
    """The same services that a server has, running in this process."""
    from uas_server.app import create_services
    from uas_server.engine.errors import EngineError
    from uas_server.lifespan import running
    from uas_server.opening import opened_model, refusals, settings_of

    settings = settings_of(arguments)
    model = opened_model(settings)
    with refusals():
        services = create_services(settings, model)
    say(f"uas: loading {services.model.info.name}")
    try:
        async with running(services):
            yield services
    except EngineError as error:
        raise CommandError(str(error)) from error


async def post(url: str, path: str, audio: bytes, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Send a clip to a running server. Raises `CommandError` with the server's own message."""
    import httpx

    key = os.environ.get(KEY_VARIABLE)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=None) as client:  # noqa: S113 - the server has the deadline
            answer = await client.post(path, files={"file": ("clip", audio)}, data=dict(fields))
            body: dict[str, Any] = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        message = f"no answer from {url!r} ({type(error).__name__}); is `uas serve` running there?"
        raise CommandError(message) from error
    if answer.is_error:
        raise CommandError(body.get("error", {}).get("message", f"HTTP {answer.status_code}"))
    return body
