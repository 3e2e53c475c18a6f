from http import HTTPStatus
from typing import Any, Literal

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_body import ErrorBody
from ...models.transcribe_audio_files_transcription_form import (
    TranscribeAudioFilesTranscriptionForm,
)
from ...models.transcribe_audio_response_format import (
    TranscribeAudioResponseFormat,
)
from ...models.transcribe_audio_timestamp_granularities_item import (
    TranscribeAudioTimestampGranularitiesItem,
)
from ...models.transcription import Transcription
from ...models.verbose_transcription import VerboseTranscription
from ...types import UNSET, File, Response, Unset


def _get_kwargs(
    *,
    body: TranscribeAudioFilesTranscriptionForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    language: str | Unset = UNSET,
    response_format: TranscribeAudioResponseFormat | Unset = UNSET,
    timestamp_granularities: list[TranscribeAudioTimestampGranularitiesItem]
    | Unset = UNSET,
    temperature: float | Unset = UNSET,
    chunking_strategy: Literal["auto"] | Unset = UNSET,
    stream: bool | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["model"] = model

    params["max_tokens"] = max_tokens

    params["language"] = language

    json_response_format: str | Unset = UNSET
    if not isinstance(response_format, Unset):
        json_response_format = response_format

    params["response_format"] = json_response_format

    json_timestamp_granularities: list[str] | Unset = UNSET
    if not isinstance(timestamp_granularities, Unset):
        json_timestamp_granularities = []
        for timestamp_granularities_item_data in timestamp_granularities:
            timestamp_granularities_item: str = timestamp_granularities_item_data
            json_timestamp_granularities.append(timestamp_granularities_item)

    params["timestamp_granularities[]"] = json_timestamp_granularities

    params["temperature"] = temperature

    params["chunking_strategy"] = chunking_strategy

    params["stream"] = stream

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/audio/transcriptions",
        "params": params,
    }

    if isinstance(body, TranscribeAudioFilesTranscriptionForm):
        _kwargs["files"] = body.to_multipart()

        headers["Content-Type"] = "multipart/form-data; boundary=+++"
    if isinstance(body, File):
        _kwargs["content"] = body.payload
        headers["Content-Type"] = "application/octet-stream"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorBody | Transcription | VerboseTranscription | None:
    if response.status_code == 200:

        def _parse_response_200(data: object) -> Transcription | VerboseTranscription:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_200_type_0 = Transcription.from_dict(data)

                return response_200_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            response_200_type_1 = VerboseTranscription.from_dict(data)

            return response_200_type_1

        response_200 = _parse_response_200(response.json())

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
) -> Response[ErrorBody | Transcription | VerboseTranscription]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: TranscribeAudioFilesTranscriptionForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    language: str | Unset = UNSET,
    response_format: TranscribeAudioResponseFormat | Unset = UNSET,
    timestamp_granularities: list[TranscribeAudioTimestampGranularitiesItem]
    | Unset = UNSET,
    temperature: float | Unset = UNSET,
    chunking_strategy: Literal["auto"] | Unset = UNSET,
    stream: bool | Unset = UNSET,
) -> Response[ErrorBody | Transcription | VerboseTranscription]:
    """Transcribe a clip, as OpenAI's API does

     Answer with the transcription of the clip's document, as JSON, text or subtitles.

    With `stream=true` the answer is server-sent events without names: one `transcript.text.delta`
    for every window of the clip in which somebody speaks, `transcript.text.done`, and `[DONE]`.

    Args:
        model (str | Unset):
        max_tokens (int | Unset):
        language (str | Unset):
        response_format (TranscribeAudioResponseFormat | Unset):
        timestamp_granularities (list[TranscribeAudioTimestampGranularitiesItem] | Unset):
        temperature (float | Unset):
        chunking_strategy (Literal['auto'] | Unset):
        stream (bool | Unset):
        body (TranscribeAudioFilesTranscriptionForm): File or url, and the parameters.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | Transcription | VerboseTranscription]
    """

    kwargs = _get_kwargs(
        body=body,
        model=model,
        max_tokens=max_tokens,
        language=language,
        response_format=response_format,
        timestamp_granularities=timestamp_granularities,
        temperature=temperature,
        chunking_strategy=chunking_strategy,
        stream=stream,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: TranscribeAudioFilesTranscriptionForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    language: str | Unset = UNSET,
    response_format: TranscribeAudioResponseFormat | Unset = UNSET,
    timestamp_granularities: list[TranscribeAudioTimestampGranularitiesItem]
    | Unset = UNSET,
    temperature: float | Unset = UNSET,
    chunking_strategy: Literal["auto"] | Unset = UNSET,
    stream: bool | Unset = UNSET,
) -> ErrorBody | Transcription | VerboseTranscription | None:
    """Transcribe a clip, as OpenAI's API does

     Answer with the transcription of the clip's document, as JSON, text or subtitles.

    With `stream=true` the answer is server-sent events without names: one `transcript.text.delta`
    for every window of the clip in which somebody speaks, `transcript.text.done`, and `[DONE]`.

    Args:
        model (str | Unset):
        max_tokens (int | Unset):
        language (str | Unset):
        response_format (TranscribeAudioResponseFormat | Unset):
        timestamp_granularities (list[TranscribeAudioTimestampGranularitiesItem] | Unset):
        temperature (float | Unset):
        chunking_strategy (Literal['auto'] | Unset):
        stream (bool | Unset):
        body (TranscribeAudioFilesTranscriptionForm): File or url, and the parameters.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | Transcription | VerboseTranscription
    """

    return sync_detailed(
        client=client,
        body=body,
        model=model,
        max_tokens=max_tokens,
        language=language,
        response_format=response_format,
        timestamp_granularities=timestamp_granularities,
        temperature=temperature,
        chunking_strategy=chunking_strategy,
        stream=stream,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: TranscribeAudioFilesTranscriptionForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    language: str | Unset = UNSET,
    response_format: TranscribeAudioResponseFormat | Unset = UNSET,
    timestamp_granularities: list[TranscribeAudioTimestampGranularitiesItem]
    | Unset = UNSET,
    temperature: float | Unset = UNSET,
    chunking_strategy: Literal["auto"] | Unset = UNSET,
    stream: bool | Unset = UNSET,
) -> Response[ErrorBody | Transcription | VerboseTranscription]:
    """Transcribe a clip, as OpenAI's API does

     Answer with the transcription of the clip's document, as JSON, text or subtitles.

    With `stream=true` the answer is server-sent events without names: one `transcript.text.delta`
    for every window of the clip in which somebody speaks, `transcript.text.done`, and `[DONE]`.

    Args:
        model (str | Unset):
        max_tokens (int | Unset):
        language (str | Unset):
        response_format (TranscribeAudioResponseFormat | Unset):
        timestamp_granularities (list[TranscribeAudioTimestampGranularitiesItem] | Unset):
        temperature (float | Unset):
        chunking_strategy (Literal['auto'] | Unset):
        stream (bool | Unset):
        body (TranscribeAudioFilesTranscriptionForm): File or url, and the parameters.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | Transcription | VerboseTranscription]
    """

    kwargs = _get_kwargs(
        body=body,
        model=model,
        max_tokens=max_tokens,
        language=language,
        response_format=response_format,
        timestamp_granularities=timestamp_granularities,
        temperature=temperature,
        chunking_strategy=chunking_strategy,
        stream=stream,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: TranscribeAudioFilesTranscriptionForm | File | Unset = UNSET,
    model: str | Unset = UNSET,
    max_tokens: int | Unset = UNSET,
    language: str | Unset = UNSET,
    response_format: TranscribeAudioResponseFormat | Unset = UNSET,
    timestamp_granularities: list[TranscribeAudioTimestampGranularitiesItem]
    | Unset = UNSET,
    temperature: float | Unset = UNSET,
    chunking_strategy: Literal["auto"] | Unset = UNSET,
    stream: bool | Unset = UNSET,
) -> ErrorBody | Transcription | VerboseTranscription | None:
    """Transcribe a clip, as OpenAI's API does

     Answer with the transcription of the clip's document, as JSON, text or subtitles.

    With `stream=true` the answer is server-sent events without names: one `transcript.text.delta`
    for every window of the clip in which somebody speaks, `transcript.text.done`, and `[DONE]`.

    Args:
        model (str | Unset):
        max_tokens (int | Unset):
        language (str | Unset):
        response_format (TranscribeAudioResponseFormat | Unset):
        timestamp_granularities (list[TranscribeAudioTimestampGranularitiesItem] | Unset):
        temperature (float | Unset):
        chunking_strategy (Literal['auto'] | Unset):
        stream (bool | Unset):
        body (TranscribeAudioFilesTranscriptionForm): File or url, and the parameters.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | Transcription | VerboseTranscription
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            model=model,
            max_tokens=max_tokens,
            language=language,
            response_format=response_format,
            timestamp_granularities=timestamp_granularities,
            temperature=temperature,
            chunking_strategy=chunking_strategy,
            stream=stream,
        )
    ).parsed
