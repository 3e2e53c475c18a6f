"""/v1/jobs: recordings of hours, described in the background; HTTP only, see `uas_server.jobs`."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from uas_server.context import RequestContext, context_of
from uas_server.errors import EVERYWHERE, ApiError, error_responses
from uas_server.exports.formats import FORMATS
from uas_server.jobs.desk import Order
from uas_server.jobs.office import Office
from uas_server.jobs.view import JobInfo, JobList, cursor_of, read_cursor
from uas_server.jobs.webhooks import check_url
from uas_server.openapi import (
    IDEMPOTENCY_KEY,
    IDEMPOTENCY_PATTERN,
    JOB_ERRORS,
    STORED_ERRORS,
    clip_body,
    idempotency_header,
    job_id_parameter,
    query_parameters,
    result_response,
)
from uas_server.routes.clip import check_model
from uas_server.routes.upload import job_form_limits, receive_upload
from uas_server.service.envelope import UasEnvelope
from uas_server.service.parameters import (
    JobParameters,
    ListParameters,
    ResultParameters,
    read_parameters,
)
from uas_server.services import Services, services_of

PATH = "/v1/jobs"
ONE_PATH = "/v1/jobs/{job_id}"
RESULT_PATH = "/v1/jobs/{job_id}/result"

_PARAMETER_ERRORS = ("invalid_parameter", "unknown_parameter", "repeated_parameter")
_ID = re.compile(r"[0-9a-f]{32}")

router = APIRouter(tags=["jobs"])


def office_of(services: Annotated[Services, Depends(services_of)]) -> Office:
    """The jobs of this server. Raises `ApiError` not_found where they are off."""
    if services.jobs is None:
        raise ApiError("not_found", "This server takes no jobs. Send the clip to POST /v1/uas.")
    return services.jobs


@router.post(
    PATH,
    operation_id="submit_job",
    summary="Describe a long recording",
    status_code=202,
    responses={
        202: {"description": "The job, queued; or the one that the Idempotency-Key stands for."},
        **error_responses(*EVERYWHERE, *JOB_ERRORS),
    },
    openapi_extra={
        "requestBody": clip_body(JobParameters),
        "parameters": [*query_parameters(JobParameters), idempotency_header()],
    },
)
async def submit_job(
    request: Request,
    response: Response,
    services: Annotated[Services, Depends(services_of)],
    office: Annotated[Office, Depends(office_of)],
) -> JobInfo:
    """Take a recording in and describe it in the background, window by window.

    It is sent as in POST /v1/uas and may be hours long. Ask GET /v1/jobs/{job_id} how far it is, or
    have the job posted to `webhook_url` when it has ended.
    """
    context = context_of(request.scope)
    key = _idempotency_key(request)
    async with office.desk.receiving() as receiving:
        limits = job_form_limits(services.settings)
        parameters = await receive_upload(request, JobParameters, limits, receiving.write)
        check_model(services, parameters.model)
        _check_webhook(office, services, parameters)
        order = Order(
            owner=_owner(office, context),
            request_id=context.request_id,
            idempotency_key=key,
            max_tokens=parameters.max_tokens or services.settings.max_tokens,
            words=parameters.words,
            webhook_url=parameters.webhook_url,
        )
        job = await office.desk.submit(receiving, order)
    context.audio_s = round(job.audio_s, 3)
    response.headers["Location"] = f"{PATH}/{job.id}"
    return JobInfo.of(job)


@router.get(
    PATH,
    operation_id="list_jobs",
    summary="Your jobs",
    responses=error_responses(*EVERYWHERE, *_PARAMETER_ERRORS, *STORED_ERRORS),
    openapi_extra={"parameters": query_parameters(ListParameters)},
)
async def list_jobs(request: Request, office: Annotated[Office, Depends(office_of)]) -> JobList:
    """Answer with the jobs of the caller's key, newest first, a page at a time."""
    asked = read_parameters(ListParameters, request.query_params.multi_items())
    before = None if asked.cursor is None else read_cursor(asked.cursor)
    owner = _owner(office, context_of(request.scope))
    jobs, more = await office.desk.newest(owner, asked.limit, before)
    return JobList(
        data=tuple(JobInfo.of(job) for job in jobs),
        next_cursor=cursor_of(jobs[-1]) if more else None,
    )


@router.get(
    ONE_PATH,
    operation_id="get_job",
    summary="How far a job is",
    responses=error_responses(*EVERYWHERE, *STORED_ERRORS),
    openapi_extra={"parameters": [job_id_parameter()]},
)
async def get_job(request: Request, office: Annotated[Office, Depends(office_of)]) -> JobInfo:
    """Answer with the job; `error` says why one failed."""
    owner = _owner(office, context_of(request.scope))
    return JobInfo.of(await office.desk.find(owner, _asked_id(request)))


@router.get(
    RESULT_PATH,
    operation_id="get_job_result",
    summary="The result of a job",
    response_model=UasEnvelope,
    responses={
        200: result_response(),
        **error_responses(*EVERYWHERE, *_PARAMETER_ERRORS, *STORED_ERRORS, "job_has_no_result"),
    },
    openapi_extra={"parameters": [job_id_parameter(), *query_parameters(ResultParameters)]},
)
async def get_job_result(
    request: Request, office: Annotated[Office, Depends(office_of)]
) -> Response:
    """Answer with the envelope of the whole recording, or the same in another format."""
    asked = read_parameters(ResultParameters, request.query_params.multi_items())
    owner = _owner(office, context_of(request.scope))
    result = await office.desk.result(owner, _asked_id(request))
    if asked.format == "json":
        return Response(result, media_type="application/json")
    written = FORMATS[asked.format]
    text = written.render(UasEnvelope.model_validate_json(result))
    return Response(text, media_type=written.media_type)


@router.delete(
    ONE_PATH,
    operation_id="delete_job",
    summary="Cancel or delete a job",
    status_code=204,
    responses=error_responses(*EVERYWHERE, *STORED_ERRORS),
    openapi_extra={"parameters": [job_id_parameter()]},
)
async def delete_job(request: Request, office: Annotated[Office, Depends(office_of)]) -> None:
    """Delete the recording and what was found in it.

    A job that waits or runs becomes `cancelled`; one that has ended is gone.
    """
    await office.desk.take_back(_owner(office, context_of(request.scope)), _asked_id(request))


def _owner(office: Office, context: RequestContext) -> str:
    return office.desk.owner(context.key_digest)


def _asked_id(request: Request) -> str:
    """The id in the path. What has another shape than an id is nobody's."""
    job_id: str = request.path_params["job_id"]
    if not _ID.fullmatch(job_id):
        raise ApiError("not_found", "There is no such job. An id has 32 hexadecimal digits.")
    return job_id


def _idempotency_key(request: Request) -> str | None:
    given = request.headers.getlist(IDEMPOTENCY_KEY)
    if not given:
        return None
    if len(given) > 1 or not re.fullmatch(IDEMPOTENCY_PATTERN.strip("^$"), given[0]):
        message = "Send one Idempotency-Key of 1 to 255 printable ASCII characters, no spaces."
        raise ApiError("invalid_parameter", message, param=IDEMPOTENCY_KEY)
    return given[0]


def _check_webhook(office: Office, services: Services, parameters: JobParameters) -> None:
    if parameters.webhook_url is None:
        return
    if not office.sends_webhooks:
        message = "webhook_url: this server sends no webhooks. Leave it out and ask for the job."
        raise ApiError("invalid_parameter", message, param="webhook_url")
    check_url(parameters.webhook_url, private=services.settings.webhook_private_addresses)
