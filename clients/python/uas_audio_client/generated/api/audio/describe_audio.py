from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.describe_audio_files_uas_form import DescribeAudioFilesUasForm
from ...models.error_body import ErrorBody
from ...models.uas_envelope import UasEnvelope
from ...types import UNSET, File, Response, Unset


def _get_kwargs(
    *,
    body: DescribeAudioFilesUasForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    words: bool | Unset = UNSET,
    stream: bool | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["model"] = model

    params["max_tokens"] = max_tokens

    params["words"] = words

    params["stream"] = stream

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/uas",
        "params": params,
    }

    if isinstance(body, DescribeAudioFilesUasForm):
        _kwargs["files"] = body.to_multipart()

        headers["Content-Type"] = "multipart/form-data; boundary=+++"
    if isinstance(body, File):
        _kwargs["content"] = body.payload
        headers["Content-Type"] = "application/octet-stream"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorBody | UasEnvelope | None:
    if response.status_code == 200:
        response_200 = UasEnvelope.from_dict(response.json())

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
) -> Response[ErrorBody | UasEnvelope]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: DescribeAudioFilesUasForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    words: bool | Unset = UNSET,
    stream: bool | Unset = UNSET,
) -> Response[ErrorBody | UasEnvelope]:
    """Describe a clip

     Describe what was said in a clip, how it was said, and what else was heard.

    Send the clip as the form part `file`, or as the body itself with its audio type and the
    parameters in the query. With `stream=true` the answer is server-sent events: `field` (one
    value), `delta` (text of the document), `final` (this answer) or `error`.

    Args:
        model (str | Unset):
        max_tokens (int | Unset):
        words (bool | Unset):
        stream (bool | Unset):
        body (DescribeAudioFilesUasForm): File or url, and the parameters.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | UasEnvelope]
    """

    kwargs = _get_kwargs(
        body=body,
        model=model,
        max_tokens=max_tokens,
        words=words,
        stream=stream,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: DescribeAudioFilesUasForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    words: bool | Unset = UNSET,
    stream: bool | Unset = UNSET,
) -> ErrorBody | UasEnvelope | None:
    """Describe a clip

     Describe what was said in a clip, how it was said, and what else was heard.

    Send the clip as the form part `file`, or as the body itself with its audio type and the
    parameters in the query. With `stream=true` the answer is server-sent events: `field` (one
    value), `delta` (text of the document), `final` (this answer) or `error`.

    Args:
        model (str | Unset):
        max_tokens (int | Unset):
        words (bool | Unset):
        stream (bool | Unset):
        body (DescribeAudioFilesUasForm): File or url, and the parameters.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | UasEnvelope
    """

    return sync_detailed(
        client=client,
        body=body,
        model=model,
        max_tokens=max_tokens,
        words=words,
        stream=stream,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: DescribeAudioFilesUasForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    words: bool | Unset = UNSET,
    stream: bool | Unset = UNSET,
) -> Response[ErrorBody | UasEnvelope]:
    """Describe a clip

     Describe what was said in a clip, how it was said, and what else was heard.

    Send the clip as the form part `file`, or as the body itself with its audio type and the
    parameters in the query. With `stream=true` the answer is server-sent events: `field` (one
    value), `delta` (text of the document), `final` (this answer) or `error`.

    Args:
        model (str | Unset):
        max_tokens (int | Unset):
        words (bool | Unset):
        stream (bool | Unset):
        body (DescribeAudioFilesUasForm): File or url, and the parameters.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | UasEnvelope]
    """

    kwargs = _get_kwargs(
        body=body,
        model=model,
        max_tokens=max_tokens,
        words=words,
        stream=stream,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: DescribeAudioFilesUasForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    words: bool | Unset = UNSET,
    stream: bool | Unset = UNSET,
) -> ErrorBody | UasEnvelope | None:
    """Describe a clip

     Describe what was said in a clip, how it was said, and what else was heard.

    Send the clip as the form part `file`, or as the body itself with its audio type and the
    parameters in the query. With `stream=true` the answer is server-sent events: `field` (one
    value), `delta` (text of the document), `final` (this answer) or `error`.

    Args:
        model (str | Unset):
        max_tokens (int | Unset):
        words (bool | Unset):
        stream (bool | Unset):
        body (DescribeAudioFilesUasForm): File or url, and the parameters.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | UasEnvelope
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            model=model,
            max_tokens=max_tokens,
            words=words,
            stream=stream,
        )
    ).parsed
