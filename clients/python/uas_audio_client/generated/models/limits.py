from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="Limits")


@_attrs_define
class Limits:
    """Bounds of a request; what is over them is refused with an error that names the bound.

    Attributes:
        upload_bytes (int):
        audio_s (float):
        min_audio_s (float):
        question_audio_s (float):
        channels (int):
        min_sample_rate_hz (int):
        max_sample_rate_hz (int):
        decoder_memory_bytes (int):
        decoder_cpu_s (int):
        header_s (float):
        body_s (float):
        read_s (float):
        request_s (float):
        drain_s (float):
        running (int):
        queue (int):
        max_tokens (int):
        question_chars (int):
        choices (int):
        schema_bytes (int):
        schema_depth (int):
        schema_states (int):
        schemas_cached (int):
        live_sessions (int):
        live_sessions_per_key (int):
        live_session_s (float):
        live_idle_s (float):
        live_message_bytes (int):
        live_speed (float):
        live_buffer_s (float):
        live_lag_s (float):
        live_resume_s (float):
        jobs (bool):
        job_audio_s (float):
        job_upload_bytes (int):
        job_body_s (float):
        job_uploads (int):
        jobs_running (int):
        jobs_waiting (int):
        job_keep_s (float):
        webhooks (bool):
        webhook_tries (int):
    """

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

    def to_dict(self) -> dict[str, Any]:
        upload_bytes = self.upload_bytes

        audio_s = self.audio_s

        min_audio_s = self.min_audio_s

        question_audio_s = self.question_audio_s

        channels = self.channels

        min_sample_rate_hz = self.min_sample_rate_hz

        max_sample_rate_hz = self.max_sample_rate_hz

        decoder_memory_bytes = self.decoder_memory_bytes

        decoder_cpu_s = self.decoder_cpu_s

        header_s = self.header_s

        body_s = self.body_s

        read_s = self.read_s

        request_s = self.request_s

        drain_s = self.drain_s

        running = self.running

        queue = self.queue

        max_tokens = self.max_tokens

        question_chars = self.question_chars

        choices = self.choices

        schema_bytes = self.schema_bytes

        schema_depth = self.schema_depth

        schema_states = self.schema_states

        schemas_cached = self.schemas_cached

        live_sessions = self.live_sessions

        live_sessions_per_key = self.live_sessions_per_key

        live_session_s = self.live_session_s

        live_idle_s = self.live_idle_s

        live_message_bytes = self.live_message_bytes

        live_speed = self.live_speed

        live_buffer_s = self.live_buffer_s

        live_lag_s = self.live_lag_s

        live_resume_s = self.live_resume_s

        jobs = self.jobs

        job_audio_s = self.job_audio_s

        job_upload_bytes = self.job_upload_bytes

        job_body_s = self.job_body_s

        job_uploads = self.job_uploads

        jobs_running = self.jobs_running

        jobs_waiting = self.jobs_waiting

        job_keep_s = self.job_keep_s

        webhooks = self.webhooks

        webhook_tries = self.webhook_tries

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "upload_bytes": upload_bytes,
                "audio_s": audio_s,
                "min_audio_s": min_audio_s,
                "question_audio_s": question_audio_s,
                "channels": channels,
                "min_sample_rate_hz": min_sample_rate_hz,
                "max_sample_rate_hz": max_sample_rate_hz,
                "decoder_memory_bytes": decoder_memory_bytes,
                "decoder_cpu_s": decoder_cpu_s,
                "header_s": header_s,
                "body_s": body_s,
                "read_s": read_s,
                "request_s": request_s,
                "drain_s": drain_s,
                "running": running,
                "queue": queue,
                "max_tokens": max_tokens,
                "question_chars": question_chars,
                "choices": choices,
                "schema_bytes": schema_bytes,
                "schema_depth": schema_depth,
                "schema_states": schema_states,
                "schemas_cached": schemas_cached,
                "live_sessions": live_sessions,
                "live_sessions_per_key": live_sessions_per_key,
                "live_session_s": live_session_s,
                "live_idle_s": live_idle_s,
                "live_message_bytes": live_message_bytes,
                "live_speed": live_speed,
                "live_buffer_s": live_buffer_s,
                "live_lag_s": live_lag_s,
                "live_resume_s": live_resume_s,
                "jobs": jobs,
                "job_audio_s": job_audio_s,
                "job_upload_bytes": job_upload_bytes,
                "job_body_s": job_body_s,
                "job_uploads": job_uploads,
                "jobs_running": jobs_running,
                "jobs_waiting": jobs_waiting,
                "job_keep_s": job_keep_s,
                "webhooks": webhooks,
                "webhook_tries": webhook_tries,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        upload_bytes = d.pop("upload_bytes")

        audio_s = d.pop("audio_s")

        min_audio_s = d.pop("min_audio_s")

        question_audio_s = d.pop("question_audio_s")

        channels = d.pop("channels")

        min_sample_rate_hz = d.pop("min_sample_rate_hz")

        max_sample_rate_hz = d.pop("max_sample_rate_hz")

        decoder_memory_bytes = d.pop("decoder_memory_bytes")

        decoder_cpu_s = d.pop("decoder_cpu_s")

        header_s = d.pop("header_s")

        body_s = d.pop("body_s")

        read_s = d.pop("read_s")

        request_s = d.pop("request_s")

        drain_s = d.pop("drain_s")

        running = d.pop("running")

        queue = d.pop("queue")

        max_tokens = d.pop("max_tokens")

        question_chars = d.pop("question_chars")

        choices = d.pop("choices")

        schema_bytes = d.pop("schema_bytes")

        schema_depth = d.pop("schema_depth")

        schema_states = d.pop("schema_states")

        schemas_cached = d.pop("schemas_cached")

        live_sessions = d.pop("live_sessions")

        live_sessions_per_key = d.pop("live_sessions_per_key")

        live_session_s = d.pop("live_session_s")

        live_idle_s = d.pop("live_idle_s")

        live_message_bytes = d.pop("live_message_bytes")

        live_speed = d.pop("live_speed")

        live_buffer_s = d.pop("live_buffer_s")

        live_lag_s = d.pop("live_lag_s")

        live_resume_s = d.pop("live_resume_s")

        jobs = d.pop("jobs")

        job_audio_s = d.pop("job_audio_s")

        job_upload_bytes = d.pop("job_upload_bytes")

        job_body_s = d.pop("job_body_s")

        job_uploads = d.pop("job_uploads")

        jobs_running = d.pop("jobs_running")

        jobs_waiting = d.pop("jobs_waiting")

        job_keep_s = d.pop("job_keep_s")

        webhooks = d.pop("webhooks")

        webhook_tries = d.pop("webhook_tries")

        limits = cls(
            upload_bytes=upload_bytes,
            audio_s=audio_s,
            min_audio_s=min_audio_s,
            question_audio_s=question_audio_s,
            channels=channels,
            min_sample_rate_hz=min_sample_rate_hz,
            max_sample_rate_hz=max_sample_rate_hz,
            decoder_memory_bytes=decoder_memory_bytes,
            decoder_cpu_s=decoder_cpu_s,
            header_s=header_s,
            body_s=body_s,
            read_s=read_s,
            request_s=request_s,
            drain_s=drain_s,
            running=running,
            queue=queue,
            max_tokens=max_tokens,
            question_chars=question_chars,
            choices=choices,
            schema_bytes=schema_bytes,
            schema_depth=schema_depth,
            schema_states=schema_states,
            schemas_cached=schemas_cached,
            live_sessions=live_sessions,
            live_sessions_per_key=live_sessions_per_key,
            live_session_s=live_session_s,
            live_idle_s=live_idle_s,
            live_message_bytes=live_message_bytes,
            live_speed=live_speed,
            live_buffer_s=live_buffer_s,
            live_lag_s=live_lag_s,
            live_resume_s=live_resume_s,
            jobs=jobs,
            job_audio_s=job_audio_s,
            job_upload_bytes=job_upload_bytes,
            job_body_s=job_body_s,
            job_uploads=job_uploads,
            jobs_running=jobs_running,
            jobs_waiting=jobs_waiting,
            job_keep_s=job_keep_s,
            webhooks=webhooks,
            webhook_tries=webhook_tries,
        )

        return limits
