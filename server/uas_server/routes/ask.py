"""POST /v1/ask: a clip and a question in, one answer out."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request

from uas_schema.prompts import YES_NO
from uas_server.context import context_of
from uas_server.errors import EVERYWHERE, ApiError, error_responses
from uas_server.openapi import ASK_ERRORS, ASK_EXAMPLE, CLIP_ERRORS, clip_body, query_parameters
from uas_server.routes.clip import check_model, decode, turn
from uas_server.routes.parameters import AskParameters
from uas_server.routes.upload import read_upload
from uas_server.service.ask import Question, answer, check_choices
from uas_server.service.envelope import AskEnvelope
from uas_server.services import Services, services_of

PATH = "/v1/ask"

router = APIRouter(tags=["audio"])


@router.post(
    PATH,
    operation_id="ask_audio",
    summary="Ask about a clip",
    responses={
        200: {"content": {"application/json": {"example": ASK_EXAMPLE}}},
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
    check_model(services, upload.parameters)
    question = await _question(services, upload.parameters)
    job = await decode(services, context, upload.audio, upload.parameters)
    async with turn(context, job) as running:
        return await answer(services.model, services.metrics, running, question)


async def _question(services: Services, asked: AskParameters) -> Question:
    """The question with the form of its answer. Raises `ApiError`."""
    settings = services.settings
    if len(asked.question) > settings.question_chars:
        message = f"question: over {settings.question_chars} characters; shorten it."
        raise ApiError("invalid_parameter", message, param="question")
    forms = [bool(asked.choices), asked.yes_no, asked.answer_schema is not None]
    if sum(forms) > 1:
        message = "choices, yes_no and schema exclude each other; send one of them."
        raise ApiError("invalid_parameter", message, param="choices")
    if asked.yes_no:
        return Question(asked.question, choices=YES_NO)
    if asked.choices:
        check_choices(asked.choices, settings.choices)
        return Question(asked.question, choices=asked.choices)
    if asked.answer_schema is not None:
        return Question(asked.question, schema=await services.schemas.compile(asked.answer_schema))
    return Question(asked.question)
