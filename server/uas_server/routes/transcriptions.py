"""POST /v1/audio/transcriptions: what is said in a clip, as OpenAI's API has it."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from uas_server.context import context_of
from uas_server.errors import EVERYWHERE, error_responses
from uas_server.exports import srt, vtt
from uas_server.exports.cues import cues_of
from uas_server.openapi import (
    CLIP_ERRORS,
    TRANSCRIPTION_ERRORS,
    clip_body,
    query_parameters,
    transcription_responses,
)
from uas_server.routes.clip import check_model, decode, described, envelope_of
from uas_server.routes.upload import read_upload
from uas_server.service.envelope import UasEnvelope
from uas_server.service.openai.transcription import (
    Transcription,
    TranscriptionParameters,
    VerboseTranscription,
    plain,
    transcript_events,
    transcript_of,
    verbose,
)
from uas_server.services import Services, services_of
from uas_server.sse import event_stream

PATH = "/v1/audio/transcriptions"
_TEXT = "text/plain"

router = APIRouter(tags=["openai"])


@router.post(
    PATH,
    operation_id="transcribe_audio",
    summary="Transcribe a clip, as OpenAI's API does",
    response_model=Transcription | VerboseTranscription,
    responses={
        **transcription_responses(),
        **error_responses(*EVERYWHERE, *CLIP_ERRORS, *TRANSCRIPTION_ERRORS),
    },
    openapi_extra={
        "requestBody": clip_body(TranscriptionParameters),
        "parameters": query_parameters(TranscriptionParameters),
    },
)
async def transcribe_audio(
    request: Request, services: Annotated[Services, Depends(services_of)]
) -> Response | Transcription | VerboseTranscription:
    """Answer with the transcription of the clip's document, as JSON, text or subtitles.

    With `stream=true` the answer is server-sent events without names: one `transcript.text.delta`
    for every window of the clip in which somebody speaks, `transcript.text.done`, and `[DONE]`.
    """
    context, languages = context_of(request.scope), services.model.info.languages
    upload = await read_upload(request, TranscriptionParameters, services.settings)
    asked = upload.parameters
    check_model(services, asked.model)
    asked.check(languages)
    job = await decode(
        services, context, upload.audio, max_tokens=asked.max_tokens, words=asked.words
    )
    events = described(services, context, job, services.transcribe)
    if asked.stream:
        return await event_stream(transcript_events(events), context, named=False)
    envelope = await envelope_of(events)
    if asked.response_format == "json":
        return plain(envelope)
    if asked.response_format == "verbose_json":
        return verbose(envelope, asked, languages)
    return _as_text(envelope, asked)


def _as_text(envelope: UasEnvelope, asked: TranscriptionParameters) -> Response:
    cues = cues_of(envelope.segments)
    if asked.response_format == "srt":
        return Response(srt.srt(cues), media_type=srt.MEDIA_TYPE)
    if asked.response_format == "vtt":
        return Response(vtt.vtt(cues), media_type=vtt.MEDIA_TYPE)
    return Response(transcript_of(envelope) + "\n", media_type=_TEXT)
