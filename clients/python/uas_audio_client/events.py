"""The events of a document in the making, typed by the payload that each has.

    field -> FieldPayload     one value is known: path, value
    delta -> DeltaPayload     the texts concatenate to the canonical document
    final -> UasEnvelope      the answer; nothing comes after it
    error -> raised as ApiError

What has another name is passed over: a newer server may say more.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

import httpx
from httpx_sse import EventSource, ServerSentEvent, SSEError

from uas_audio_client.answers import reading
from uas_audio_client.errors import StreamCut, UnexpectedAnswer, api_error
from uas_audio_client.generated.models import DeltaPayload, ErrorBody, FieldPayload, UasEnvelope

StreamEvent: TypeAlias = FieldPayload | DeltaPayload | UasEnvelope

_PAYLOADS: Mapping[str, Callable[[Mapping[str, Any]], StreamEvent]] = {
    "field": FieldPayload.from_dict,
    "delta": DeltaPayload.from_dict,
    "final": UasEnvelope.from_dict,
}


def stream_events(answer: httpx.Response) -> Iterator[StreamEvent]:
    """Every event to the last one.

    Raises `ApiError` for the event `error`, and `StreamCut` when the last event does not come.
    """
    with _told_as_ours():
        for frame in EventSource(answer).iter_sse():
            event = _event_of(frame)
            if event is not None:
                yield event
            if isinstance(event, UasEnvelope):
                return
    raise _cut()


async def stream_events_async(answer: httpx.Response) -> AsyncIterator[StreamEvent]:
    """The same of an answer to an asynchronous client."""
    with _told_as_ours():
        async for frame in EventSource(answer).aiter_sse():
            event = _event_of(frame)
            if event is not None:
                yield event
            if isinstance(event, UasEnvelope):
                return
    raise _cut()


def _event_of(frame: ServerSentEvent) -> StreamEvent | None:
    """The typed event, or None for one that is not known. Raises `ApiError` for `error`."""
    if frame.event == "error":
        with reading():
            detail = ErrorBody.from_dict(json.loads(frame.data)).error
        raise api_error(detail)
    if frame.event not in _PAYLOADS:
        return None
    with reading():
        return _PAYLOADS[frame.event](json.loads(frame.data))


@contextmanager
def _told_as_ours() -> Iterator[None]:
    try:
        yield
    except SSEError as error:
        raise UnexpectedAnswer("the answer is no stream of events") from error
    except httpx.TransportError as error:
        raise _cut() from error


def _cut() -> StreamCut:
    return StreamCut("the stream ended before its last event; send the clip again")
