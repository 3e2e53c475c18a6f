"""The server's work without HTTP: one clip at a time, by the same services and checks."""

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from uas_cli.command import CommandError
from uas_server.engine.errors import EngineError
from uas_server.errors import ApiError, api_error_of
from uas_server.service.ask import answer, read_question
from uas_server.service.describe import describe
from uas_server.service.envelope import UasEnvelope
from uas_server.service.job import Job
from uas_server.service.parameters import AskParameters, UasParameters, read_parameters
from uas_server.services import Services
from uas_signal.errors import SignalError


async def describe_bytes(
    services: Services, audio: bytes, fields: Mapping[str, Any]
) -> dict[str, Any]:
    """Describe a clip; `fields` are the parameters of POST /v1/uas. Raises `CommandError`."""
    with _as_command_errors():
        parameters = read_parameters(UasParameters, _pairs(fields))
        job = await _job(services, audio, parameters.max_tokens, words=parameters.words)
        events = describe(services.model, services.plan, services.metrics, job)
        envelope = [event async for event in events if isinstance(event, UasEnvelope)][-1]
    return envelope.model_dump(mode="json", by_alias=True)


async def ask_bytes(services: Services, audio: bytes, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a question; `fields` are the parameters of POST /v1/ask. Raises `CommandError`."""
    with _as_command_errors():
        parameters = read_parameters(AskParameters, _pairs(fields))
        question = await read_question(parameters, services.settings, services.schemas)
        job = await _job(services, audio, parameters.max_tokens)
        envelope = await answer(services.model, services.metrics, job, question)
    return envelope.model_dump(mode="json")


async def _job(
    services: Services, audio: bytes, max_tokens: int | None, *, words: bool = False
) -> Job:
    began = time.monotonic()
    waveform = await services.decoders.decode(audio)
    return Job(
        request_id=uuid.uuid4().hex,
        samples=waveform.samples,
        max_tokens=max_tokens or services.settings.max_tokens,
        words=words,
        started=began,
        spent_s={"decode": time.monotonic() - began},
    )


def _pairs(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Fields as a form has them: a list is its name again and again."""
    return [
        (name, str(item))
        for name, value in fields.items()
        for item in (value if isinstance(value, list) else [value])
    ]


@contextmanager
def _as_command_errors() -> Iterator[None]:
    try:
        yield
    except (ApiError, SignalError, EngineError) as error:
        raise CommandError(api_error_of(error).message) from None
