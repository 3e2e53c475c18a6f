"""Reads answers: errors become `ApiError`, what nobody described `UnexpectedAnswer`.

`raise_refused` is an event hook of httpx, so it covers every call of the generated functions, too.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import httpx

from uas_audio_client.errors import ApiError, UnexpectedAnswer, refused
from uas_audio_client.generated.models import ErrorBody

P = ParamSpec("P")
T = TypeVar("T")


def raise_refused(answer: httpx.Response) -> None:
    """Raise `ApiError` unless the answer is a success."""
    if not answer.is_success:
        answer.read()
        raise _error_of(answer)


async def raise_refused_async(answer: httpx.Response) -> None:
    """Do the same for an asynchronous client."""
    if not answer.is_success:
        await answer.aread()
        raise _error_of(answer)


@contextmanager
def reading() -> Iterator[None]:
    """Raise `UnexpectedAnswer` where the text inside does not parse as what was described."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        message = "the answer is not what openapi.yaml describes; is this a uas-audio server?"
        raise UnexpectedAnswer(message) from error


def called(operation: Callable[P, T | ErrorBody | None], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a generated function and give what it has parsed."""
    with reading():
        return _described(operation(*args, **kwargs))


async def awaited(
    operation: Callable[P, Awaitable[T | ErrorBody | None]], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Await a generated function and give what it has parsed."""
    with reading():
        return _described(await operation(*args, **kwargs))


def _error_of(answer: httpx.Response) -> ApiError:
    try:
        body = answer.json()
    except ValueError:
        body = None
    return refused(answer.status_code, answer.headers, body)


def _described(parsed: T | ErrorBody | None) -> T:
    """What a generated function has parsed. Raises `UnexpectedAnswer` for an unknown status."""
    if parsed is None or isinstance(parsed, ErrorBody):
        raise UnexpectedAnswer("the server answered with a status that openapi.yaml does not have")
    return parsed
