"""What this server accepts."""

from typing import Annotated

from fastapi import APIRouter, Depends

from uas_schema.strict import Strict
from uas_server.services import Services, services_of

router = APIRouter(tags=["about"])


class Limits(Strict):
    """Bounds of a request; what is over them is refused with an error that names the bound."""

    upload_bytes: int
    audio_s: float
    min_audio_s: float
    question_audio_s: float
    channels: int
    min_sample_rate_hz: int
    max_sample_rate_hz: int
    decoder_memory_bytes: int
    decoder_cpu_s: int
    header_s: float
    body_s: float
    read_s: float
    request_s: float
    drain_s: float
    running: int
    queue: int
    max_tokens: int
    question_chars: int
    choices: int
    schema_bytes: int
    schema_depth: int
    schema_states: int
    schemas_cached: int
    live_sessions: int
    live_sessions_per_key: int
    live_session_s: float
    live_idle_s: float
    live_message_bytes: int
    live_speed: float
    live_buffer_s: float
    live_lag_s: float
    live_resume_s: float
    jobs: bool
    job_audio_s: float
    job_upload_bytes: int
    job_body_s: float
    job_uploads: int
    jobs_running: int
    jobs_waiting: int
    job_keep_s: float
    webhooks: bool
    webhook_tries: int


@router.get("/v1/limits", operation_id="get_limits", summary="What a request may be")
async def limits(services: Annotated[Services, Depends(services_of)]) -> Limits:
    """Answer with the bounds that are in force."""
    settings, decoding = services.settings, services.decoders.limits
    return Limits(
        upload_bytes=settings.upload_bytes,
        audio_s=decoding.max_seconds,
        min_audio_s=decoding.min_seconds,
        question_audio_s=min(services.model.info.window_s, decoding.max_seconds),
        channels=decoding.max_channels,
        min_sample_rate_hz=decoding.min_rate_hz,
        max_sample_rate_hz=decoding.max_rate_hz,
        decoder_memory_bytes=decoding.memory_bytes,
        decoder_cpu_s=decoding.cpu_s,
        header_s=settings.header_s,
        body_s=settings.body_s,
        read_s=settings.read_s,
        request_s=settings.request_s,
        drain_s=settings.drain_s,
        running=services.admission.capacity - settings.queue,
        queue=settings.queue,
        max_tokens=settings.max_tokens,
        question_chars=settings.question_chars,
        choices=settings.choices,
        schema_bytes=settings.schema_bytes,
        schema_depth=settings.schema_depth,
        schema_states=settings.schema_states,
        schemas_cached=settings.schemas_cached,
        live_sessions=settings.live_sessions,
        live_sessions_per_key=settings.live_sessions_per_key,
        live_session_s=settings.live_session_s,
        live_idle_s=settings.live_idle_s,
        live_message_bytes=settings.live_message_bytes,
        live_speed=settings.live_speed,
        live_buffer_s=settings.live_buffer_s,
        live_lag_s=settings.live_lag_s,
        live_resume_s=settings.live_resume_s,
        jobs=services.jobs is not None,
        job_audio_s=settings.job_audio_s,
        job_upload_bytes=settings.job_upload_bytes,
        job_body_s=settings.job_body_s,
        job_uploads=settings.job_uploads,
        jobs_running=settings.jobs_running,
        jobs_waiting=settings.jobs_waiting,
        job_keep_s=settings.job_keep_s,
        webhooks=services.jobs is not None and services.jobs.sends_webhooks,
        webhook_tries=settings.webhook_tries,
    )
