"""Server-sent events whose failures keep their status code as long as they can.

The first event is awaited before anything is sent, so what fails until then is a plain error
response. Later failures become one typed `error` event, and the stream ends.
"""

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from pydantic import BaseModel
from starlette.responses import StreamingResponse

from uas_server.context import RequestContext
from uas_server.errors import ApiError, api_error_of
from uas_server.logs import unexpected
from uas_server.service.envelope import DeltaPayload, EventName, FieldPayload

_logger = logging.getLogger("uas_server.requests")
_DONE = "[DONE]"
_NAMES: dict[type[BaseModel], EventName] = {FieldPayload: "field", DeltaPayload: "delta"}


async def event_stream(
    events: AsyncGenerator[BaseModel, None], context: RequestContext, *, named: bool = True
) -> StreamingResponse:
    """Answer with the events, each named by its type, the last of them `final`.

    Without names they are as OpenAI's clients read them: bare data, and `[DONE]` in the end.

    Raises whatever `events` raises before its first event.
    """
    try:
        first = await anext(events)
    except BaseException:
        await events.aclose()
        raise
    frames = _encoded(first, events, context, named=named)
    return StreamingResponse(frames, media_type="text/event-stream")


async def _encoded(
    first: BaseModel,
    events: AsyncGenerator[BaseModel, None],
    context: RequestContext,
    *,
    named: bool,
) -> AsyncIterator[bytes]:
    async with aclosing(events):
        yield _encode(first, named=named)
        try:
            async for event in events:
                yield _encode(event, named=named)
            if not named:
                yield _frame(None, _DONE)
        except Exception as error:
            failure = api_error_of(error)
            context.code = failure.code
            if failure.status == 500:
                unexpected(_logger, error, context.request_id)
            yield error_frame(failure, context.request_id, named=named)


def error_frame(failure: ApiError, request_id: str, *, named: bool) -> bytes:
    """The event that ends a stream which failed."""
    body = failure.body(request_id)
    return _frame("error" if named else None, body.model_dump_json())


def _encode(event: BaseModel, *, named: bool) -> bytes:
    name = _NAMES.get(type(event), "final") if named else None
    return _frame(name, event.model_dump_json(by_alias=True))


def _frame(name: EventName | None, data: str) -> bytes:
    """One event on the wire, with or without a name.

    Not FastAPI's `format_sse_event`: it splits the data at U+2028 and its like, which JSON may
    hold unescaped and which end no line in server-sent events.
    """
    line = "" if name is None else f"event: {name}\n"
    return f"{line}data: {data}\n\n".encode()
