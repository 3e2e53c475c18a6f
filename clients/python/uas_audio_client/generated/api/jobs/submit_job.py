from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_body import ErrorBody
from ...models.job_info import JobInfo
from ...models.submit_job_files_job_form import SubmitJobFilesJobForm
from ...types import UNSET, File, Response, Unset


def _get_kwargs(
    *,
    body: SubmitJobFilesJobForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    words: bool | Unset = UNSET,
    webhook_url: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    params: dict[str, Any] = {}

    params["model"] = model

    params["max_tokens"] = max_tokens

    params["words"] = words

    params["webhook_url"] = webhook_url

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/jobs",
        "params": params,
    }

    if isinstance(body, SubmitJobFilesJobForm):
        _kwargs["files"] = body.to_multipart()

        headers["Content-Type"] = "multipart/form-data; boundary=+++"
    if isinstance(body, File):
        _kwargs["content"] = body.payload
        headers["Content-Type"] = "application/octet-stream"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorBody | JobInfo | None:
    if response.status_code == 202:
        response_202 = JobInfo.from_dict(response.json())

        return response_202

    if response.status_code == 400:
        response_400 = ErrorBody.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ErrorBody.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = ErrorBody.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = ErrorBody.from_dict(response.json())

        return response_404

    if response.status_code == 408:
        response_408 = ErrorBody.from_dict(response.json())

        return response_408

    if response.status_code == 409:
        response_409 = ErrorBody.from_dict(response.json())

        return response_409

    if response.status_code == 413:
        response_413 = ErrorBody.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = ErrorBody.from_dict(response.json())

        return response_415

    if response.status_code == 422:
        response_422 = ErrorBody.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = ErrorBody.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = ErrorBody.from_dict(response.json())

        return response_500

    if response.status_code == 503:
        response_503 = ErrorBody.from_dict(response.json())

        return response_503

    if response.status_code == 504:
        response_504 = ErrorBody.from_dict(response.json())

        return response_504

    if response.status_code == 507:
        response_507 = ErrorBody.from_dict(response.json())

        return response_507

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ErrorBody | JobInfo]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: SubmitJobFilesJobForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    words: bool | Unset = UNSET,
    webhook_url: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> Response[ErrorBody | JobInfo]:
    """Describe a long recording

     Take a recording in and describe it in the background, window by window.

    It is sent as in POST /v1/uas and may be hours long. Ask GET /v1/jobs/{job_id} how far it is, or
    have the job posted to `webhook_url` when it has ended.

    Args:
        model (str | Unset):
        max_tokens (int | Unset):
        words (bool | Unset):
        webhook_url (str | Unset):
        idempotency_key (str | Unset):
        body (SubmitJobFilesJobForm): File, and the parameters.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | JobInfo]
    """

    kwargs = _get_kwargs(
        body=body,
        model=model,
        max_tokens=max_tokens,
        words=words,
        webhook_url=webhook_url,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: SubmitJobFilesJobForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    words: bool | Unset = UNSET,
    webhook_url: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> ErrorBody | JobInfo | None:
    """Describe a long recording

     Take a recording in and describe it in the background, window by window.

    It is sent as in POST /v1/uas and may be hours long. Ask GET /v1/jobs/{job_id} how far it is, or
    have the job posted to `webhook_url` when it has ended.

    Args:
        model (str | Unset):
        max_tokens (int | Unset):
        words (bool | Unset):
        webhook_url (str | Unset):
        idempotency_key (str | Unset):
        body (SubmitJobFilesJobForm): File, and the parameters.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | JobInfo
    """

    return sync_detailed(
        client=client,
        body=body,
        model=model,
        max_tokens=max_tokens,
        words=words,
        webhook_url=webhook_url,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: SubmitJobFilesJobForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    words: bool | Unset = UNSET,
    webhook_url: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> Response[ErrorBody | JobInfo]:
    """Describe a long recording

     Take a recording in and describe it in the background, window by window.

    It is sent as in POST /v1/uas and may be hours long. Ask GET /v1/jobs/{job_id} how far it is, or
    have the job posted to `webhook_url` when it has ended.

    Args:
        model (str | Unset):
        max_tokens (int | Unset):
        words (bool | Unset):
        webhook_url (str | Unset):
        idempotency_key (str | Unset):
        body (SubmitJobFilesJobForm): File, and the parameters.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | JobInfo]
    """

    kwargs = _get_kwargs(
        body=body,
        model=model,
        max_tokens=max_tokens,
        words=words,
        webhook_url=webhook_url,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: SubmitJobFilesJobForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    words: bool | Unset = UNSET,
    webhook_url: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> ErrorBody | JobInfo | None:
    """Describe a long recording

     Take a recording in and describe it in the background, window by window.

    It is sent as in POST /v1/uas and may be hours long. Ask GET /v1/jobs/{job_id} how far it is, or
    have the job posted to `webhook_url` when it has ended.

    Args:
        model (str | Unset):
        max_tokens (int | Unset):
        words (bool | Unset):
        webhook_url (str | Unset):
        idempotency_key (str | Unset):
        body (SubmitJobFilesJobForm): File, and the parameters.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | JobInfo
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            model=model,
            max_tokens=max_tokens,
            words=words,
            webhook_url=webhook_url,
            idempotency_key=idempotency_key,
        )
    ).parsed
