"""POST /v1/uas: a clip in, one UAS document out, whole or as it becomes known."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from uas_server.context import context_of
from uas_server.errors import EVERYWHERE, error_responses
from uas_server.openapi import CLIP_ERRORS, clip_body, query_parameters, uas_responses
from uas_server.routes.clip import check_model, decode, described, envelope_of
from uas_server.routes.upload import read_upload
from uas_server.service.envelope import UasEnvelope
from uas_server.service.parameters import UasParameters
from uas_server.services import Services, services_of
from uas_server.sse import event_stream

PATH = "/v1/uas"

router = APIRouter(tags=["audio"])


@router.post(
    PATH,
    operation_id="describe_audio",
    summary="Describe a clip",
    response_model=UasEnvelope,
    responses={**uas_responses(), **error_responses(*EVERYWHERE, *CLIP_ERRORS)},
    openapi_extra={
        "requestBody": clip_body(UasParameters),
        "parameters": query_parameters(UasParameters),
    },
)
async def describe_audio(
    request: Request, services: Annotated[Services, Depends(services_of)]
) -> Response | UasEnvelope:
    """Describe what was said in a clip, how it was said, and what else was heard.

    Send the clip as the form part `file`, or as the body itself with its audio type and the
    parameters in the query. With `stream=true` the answer is server-sent events: `field` (one
    value), `delta` (text of the document), `final` (this answer) or `error`.
    """
    context = context_of(request.scope)
    upload = await read_upload(request, UasParameters, services.settings)
    asked = upload.parameters
    check_model(services, asked.model)
    job = await decode(
        services, context, upload.audio, max_tokens=asked.max_tokens, words=asked.words
    )
    events = described(services, context, job, services.plan)
    if asked.stream:
        return await event_stream(events, context)
    return await envelope_of(events)
