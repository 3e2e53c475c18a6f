from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.ask_audio_files_ask_form import AskAudioFilesAskForm
from ...models.ask_envelope import AskEnvelope
from ...models.error_body import ErrorBody
from ...types import UNSET, File, Response, Unset


def _get_kwargs(
    *,
    body: AskAudioFilesAskForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    question: str | Unset = UNSET,
    choices: list[str] | Unset = UNSET,
    yes_no: bool | Unset = UNSET,
    schema: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["model"] = model

    params["max_tokens"] = max_tokens

    params["question"] = question

    json_choices: list[str] | Unset = UNSET
    if not isinstance(choices, Unset):
        json_choices = choices

    params["choices"] = json_choices

    params["yes_no"] = yes_no

    params["schema"] = schema

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/ask",
        "params": params,
    }

    if isinstance(body, AskAudioFilesAskForm):
        _kwargs["files"] = body.to_multipart()

        headers["Content-Type"] = "multipart/form-data; boundary=+++"
    if isinstance(body, File):
        _kwargs["content"] = body.payload
        headers["Content-Type"] = "application/octet-stream"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AskEnvelope | ErrorBody | None:
    if response.status_code == 200:
        response_200 = AskEnvelope.from_dict(response.json())

        return response_200

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

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[AskEnvelope | ErrorBody]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: AskAudioFilesAskForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    question: str | Unset = UNSET,
    choices: list[str] | Unset = UNSET,
    yes_no: bool | Unset = UNSET,
    schema: str | Unset = UNSET,
) -> Response[AskEnvelope | ErrorBody]:
    """Ask about a clip

     Answer a question about a clip.

    The answer is free text, or, when asked for, one of `choices`, yes or no, or JSON that is
    guaranteed to be valid against `schema`.

    Args:
        model (str | Unset):
        max_tokens (int | Unset):
        question (str | Unset):
        choices (list[str] | Unset):
        yes_no (bool | Unset):
        schema (str | Unset):
        body (AskAudioFilesAskForm): File or url, and the parameters.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AskEnvelope | ErrorBody]
    """

    kwargs = _get_kwargs(
        body=body,
        model=model,
        max_tokens=max_tokens,
        question=question,
        choices=choices,
        yes_no=yes_no,
        schema=schema,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: AskAudioFilesAskForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    question: str | Unset = UNSET,
    choices: list[str] | Unset = UNSET,
    yes_no: bool | Unset = UNSET,
    schema: str | Unset = UNSET,
) -> AskEnvelope | ErrorBody | None:
    """Ask about a clip

     Answer a question about a clip.

    The answer is free text, or, when asked for, one of `choices`, yes or no, or JSON that is
    guaranteed to be valid against `schema`.

    Args:
        model (str | Unset):
        max_tokens (int | Unset):
        question (str | Unset):
        choices (list[str] | Unset):
        yes_no (bool | Unset):
        schema (str | Unset):
        body (AskAudioFilesAskForm): File or url, and the parameters.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AskEnvelope | ErrorBody
    """

    return sync_detailed(
        client=client,
        body=body,
        model=model,
        max_tokens=max_tokens,
        question=question,
        choices=choices,
        yes_no=yes_no,
        schema=schema,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: AskAudioFilesAskForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    question: str | Unset = UNSET,
    choices: list[str] | Unset = UNSET,
    yes_no: bool | Unset = UNSET,
    schema: str | Unset = UNSET,
) -> Response[AskEnvelope | ErrorBody]:
    """Ask about a clip

     Answer a question about a clip.

    The answer is free text, or, when asked for, one of `choices`, yes or no, or JSON that is
    guaranteed to be valid against `schema`.

    Args:
        model (str | Unset):
        max_tokens (int | Unset):
        question (str | Unset):
        choices (list[str] | Unset):
        yes_no (bool | Unset):
        schema (str | Unset):
        body (AskAudioFilesAskForm): File or url, and the parameters.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AskEnvelope | ErrorBody]
    """

    kwargs = _get_kwargs(
        body=body,
        model=model,
        max_tokens=max_tokens,
        question=question,
        choices=choices,
        yes_no=yes_no,
        schema=schema,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: AskAudioFilesAskForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    question: str | Unset = UNSET,
    choices: list[str] | Unset = UNSET,
    yes_no: bool | Unset = UNSET,
    schema: str | Unset = UNSET,
) -> AskEnvelope | ErrorBody | None:
    """Ask about a clip

     Answer a question about a clip.

    The answer is free text, or, when asked for, one of `choices`, yes or no, or JSON that is
    guaranteed to be valid against `schema`.

    Args:
        model (str | Unset):
        max_tokens (int | Unset):
        question (str | Unset):
        choices (list[str] | Unset):
        yes_no (bool | Unset):
        schema (str | Unset):
        body (AskAudioFilesAskForm): File or url, and the parameters.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AskEnvelope | ErrorBody
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            model=model,
            max_tokens=max_tokens,
            question=question,
            choices=choices,
            yes_no=yes_no,
            schema=schema,
        )
    ).parsed
