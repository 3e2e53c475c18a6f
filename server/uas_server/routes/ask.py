"""POST /v1/ask: a clip and a question in, one answer out."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request

from uas_server.context import context_of
from uas_server.errors import EVERYWHERE, error_responses
from uas_server.openapi import ASK_ERRORS, CLIP_ERRORS, clip_body, query_parameters
from uas_server.routes.clip import check_model, decode, turn
from uas_server.routes.upload import read_upload
from uas_server.service.ask import answer, read_question
from uas_server.service.envelope import AskEnvelope
from uas_server.service.parameters import AskParameters
from uas_server.services import Services, services_of

PATH = "/v1/ask"

router = APIRouter(tags=["audio"])


@router.post(
    PATH,
    operation_id="ask_audio",
    summary="Ask about a clip",
    responses={
        200: {"description": "The answer in its envelope."},
        **error_responses(*EVERYWHERE, *CLIP_ERRORS, *ASK_ERRORS),
    },
    openapi_extra={
        "requestBody": clip_body(AskParameters),
        "parameters": query_parameters(AskParameters),
    },
)
async def ask_audio(
    request: Request, services: Annotated[Services, Depends(services_of)]
) -> AskEnvelope:
    """Answer a question about a clip.

    The answer is free text, or, when asked for, one of `choices`, yes or no, or JSON that is
    guaranteed to be valid against `schema`.
    """
    context = context_of(request.scope)
    upload = await read_upload(request, AskParameters, services.settings)
    check_model(services, upload.parameters.model)
    question = await read_question(upload.parameters, services.settings, services.schemas)
    job = await decode(services, context, upload.audio, max_tokens=upload.parameters.max_tokens)
    async with turn(context, job) as running:
        return await answer(services.model, services.metrics, running, question)
