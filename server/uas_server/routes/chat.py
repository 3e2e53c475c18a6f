"""POST /v1/chat/completions: a question about a clip, or its document, as OpenAI's API has it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from uas_server.context import RequestContext, context_of
from uas_server.errors import EVERYWHERE, error_responses
from uas_server.openapi import ASK_ERRORS, CHAT_ERRORS, CLIP_ERRORS, chat_body, chat_responses
from uas_server.routes.clip import check_model, decode, described, turn
from uas_server.routes.json_body import read_json
from uas_server.service.ask import answering
from uas_server.service.job import Job
from uas_server.service.openai.chat import Chat, in_terms_of_chat, read_chat
from uas_server.service.openai.chat_request import ChatRequest
from uas_server.service.openai.clip import clip_of
from uas_server.service.openai.completion import (
    ChatCompletion,
    Heading,
    Piece,
    chunks,
    completion,
    pieces_of_answer,
    pieces_of_document,
)
from uas_server.service.openai.refusals import load_refusals
from uas_server.services import Services, services_of
from uas_server.sse import event_stream

PATH = "/v1/chat/completions"

router = APIRouter(tags=["openai"])


@router.post(
    PATH,
    operation_id="complete_chat",
    summary="Ask about a clip, as OpenAI's API does",
    response_model=ChatCompletion,
    responses={
        **chat_responses(),
        **error_responses(*EVERYWHERE, *CLIP_ERRORS, *ASK_ERRORS, *CHAT_ERRORS),
    },
    openapi_extra={"requestBody": chat_body()},
)
async def complete_chat(
    request: Request, services: Annotated[Services, Depends(services_of)]
) -> Response | ChatCompletion:
    """Answer a question about one clip, sent as a content part of type `input_audio`.

    Without any text, or with the response format `json_schema` named `uas` (without a schema, or
    with that of GET /v1/schema), the answer is the clip's UAS document. Any other schema is
    guaranteed as that of POST /v1/ask. With `stream=true` the answer is server-sent events without
    names, each a `ChatChunk`, and `[DONE]`.
    """
    context = context_of(request.scope)
    chat, job = await _read(request, services, context)
    heading = Heading(id=f"chatcmpl-{job.request_id}", model=services.model.info.name)
    pieces = _in_chat(_pieces(services, context, job, chat))
    if chat.stream:
        events = chunks(heading, pieces, include_usage=chat.include_usage)
        return await event_stream(events, context, named=False)
    return await completion(heading, pieces)


async def _read(request: Request, services: Services, context: RequestContext) -> tuple[Chat, Job]:
    """The chat and its decoded clip; the body, which is large, is not kept."""
    asked = await read_json(request, ChatRequest, load_refusals().chat)
    check_model(services, asked.model)
    with in_terms_of_chat():
        chat = await read_chat(asked, services.settings, services.schemas)
        audio = await clip_of(asked, services.settings)
        return chat, await decode(services, context, audio, max_tokens=chat.max_tokens)


async def _pieces(
    services: Services, context: RequestContext, job: Job, chat: Chat
) -> AsyncGenerator[Piece, None]:
    if chat.question is None:
        pieces = pieces_of_document(described(services, context, job, services.plan))
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece
        return
    async with turn(context, job) as running:
        answers = answering(services.model, services.metrics, running, chat.question)
        async with aclosing(pieces_of_answer(answers)) as pieces:
            async for piece in pieces:
                yield piece


async def _in_chat(pieces: AsyncGenerator[Piece, None]) -> AsyncGenerator[Piece, None]:
    """The same, with failures in terms of the chat."""
    async with aclosing(pieces):
        with in_terms_of_chat():
            async for piece in pieces:
                yield piece
