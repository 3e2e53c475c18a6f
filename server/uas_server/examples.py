"""Examples that stand in the API's description; the tests validate them against its schemas."""

from typing import Any

from uas_server.errors import ApiError

_DOCUMENT: dict[str, Any] = {
    "transcription": "The train is late again.",
    "paralinguistics": {
        "age": "Adult",
        "gender": "Female",
        "emotion": "Anger",
        "accent": "British English",
        "prosody": "fast pace, high pitch, wide range",
        "timbre": "bright, clear",
    },
    "nonLinguisticEvents": {
        "description": "Speech on a railway platform",
        "discreteEvents": [{"label": "bell", "characteristic": "short, in the distance"}],
        "continuousEvents": [],
    },
}
_USAGE = {
    "audio_s": 2.4,
    "prompt_tokens": 83,
    "prefill_tokens": 9,
    "sampled_tokens": 41,
    "forced_tokens": 72,
}
_TIMINGS: dict[str, Any] = {
    "queue_s": 0.0,
    "decode_s": 0.02,
    "draft_s": 0.21,
    "encode_s": 0.08,
    "generate_s": 0.74,
    "first_event_s": 0.31,
    "total_s": 1.07,
}
UAS_EXAMPLE: dict[str, Any] = {
    "id": "5f1c6f0c8a4b4a53a3d1c0e3f2b7a9d4",
    "model": "uas-audio-tiny",
    "uas": _DOCUMENT,
    "confidence": {
        "voice": 0.99,
        "age": {"Child": 0.05, "Adult": 0.9, "Elderly": 0.05},
        "gender": {"Male": 0.02, "Female": 0.98},
        "emotion": None,
    },
    "truncated": False,
    "incomplete": [],
    "segments": [{"start_s": 0.0, "end_s": 2.4, "uas": _DOCUMENT, "words": None}],
    "words": None,
    "events": None,
    "usage": _USAGE,
    "timings": _TIMINGS,
}
ASK_EXAMPLE: dict[str, Any] = {
    "id": "0b8e6f7f4a5d4f0e8f0f5a3b2c1d0e9f",
    "model": "uas-audio-tiny",
    "answer": "yes",
    "value": True,
    "confidence": {"yes": 0.93, "no": 0.07},
    "truncated": False,
    "usage": _USAGE,
    "timings": _TIMINGS,
}
JOB_EXAMPLE: dict[str, Any] = {
    "id": "9d2f4c8e5b6a4f0d8c1e7a3b2f5d6c4e",
    "object": "job",
    "status": "running",
    "progress": 0.25,
    "audio_s": 3600.0,
    "created_at": 1700000000,
    "started_at": 1700000002,
    "ended_at": None,
    "expires_at": None,
    "webhook_url": None,
    "error": None,
}
TRANSCRIPTION_EXAMPLE: dict[str, Any] = {
    "text": "The train is late again.",
    "usage": {
        "type": "tokens",
        "input_tokens": 83,
        "output_tokens": 10,
        "total_tokens": 93,
        "input_token_details": {"audio_tokens": 60, "text_tokens": 23},
    },
}
CHAT_EXAMPLE: dict[str, Any] = {
    "id": "chatcmpl-0b8e6f7f4a5d4f0e8f0f5a3b2c1d0e9f",
    "object": "chat.completion",
    "created": 1790000000,
    "model": "uas-audio-tiny",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "A woman.", "refusal": None},
            "finish_reason": "stop",
            "logprobs": None,
        }
    ],
    "usage": {
        "prompt_tokens": 90,
        "completion_tokens": 4,
        "total_tokens": 94,
        "prompt_tokens_details": {"audio_tokens": 60},
    },
    "system_fingerprint": None,
}
CHAT_REQUEST_EXAMPLE: dict[str, Any] = {
    "model": "uas-audio-tiny",
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Who speaks?"},
                {"type": "input_audio", "input_audio": {"data": "UklGRiQ=", "format": "wav"}},
            ],
        }
    ],
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "describe_audio": UAS_EXAMPLE,
    "ask_audio": ASK_EXAMPLE,
    "submit_job": {**JOB_EXAMPLE, "status": "queued", "progress": 0.0, "started_at": None},
    "get_job": JOB_EXAMPLE,
    "list_jobs": {"object": "list", "data": [JOB_EXAMPLE], "next_cursor": None},
    "get_job_result": UAS_EXAMPLE,
    "transcribe_audio": TRANSCRIPTION_EXAMPLE,
    "complete_chat": CHAT_EXAMPLE,
}
"""Successful answers by operation id."""


def _error(error: ApiError) -> dict[str, Any]:
    return error.body("req_8c9b0f0e7f0d4b1f9d0c3a2b1e0f9d8c").model_dump(mode="json")


_ERRORS = (
    ApiError("missing_parameter", "question is missing; send it.", param="question"),
    ApiError("invalid_api_key", "This API key is not known here. Check it, or ask for one."),
    ApiError("insufficient_scope", "This API key may not do this: it lacks the scope describe."),
    ApiError("rate_limited", "This key may send 60 requests a minute. Try again later."),
    ApiError("model_not_found", "This server runs uas-audio-tiny. Leave model out.", param="model"),
    ApiError("body_timeout", "The body took too long to arrive. Send it faster, or less of it."),
    ApiError("job_has_no_result", "The job is running; only one that succeeded has a result."),
    ApiError("audio_too_long", "The audio is longer than 600 s. Cut it.", param="file"),
    ApiError("unsupported_media_type", "This is no audio file. Send WAV or FLAC.", param="file"),
    ApiError("audio_too_short", "The audio lasts 0.01 s; 0.05 s are needed.", param="file"),
    ApiError("internal_error", "The server failed. Try again."),
    ApiError("server_full", "All 34 places are taken. Try again after the given time."),
    ApiError("storage_full", "The server cannot store any more. Try again later."),
    ApiError("deadline_exceeded", "Time ran out before the answer. Send less audio."),
)
ERROR_EXAMPLES: dict[int, dict[str, Any]] = {error.status: _error(error) for error in _ERRORS}
"""Errors by status."""

STREAM_EXAMPLES: dict[str, dict[str, str]] = {
    "describe_audio": {
        "event": "field",
        "data": '{"path":"paralinguistics.emotion","value":"Anger"}',
    },
    "transcribe_audio": {
        "data": '{"type":"transcript.text.delta","delta":"The train is late again."}',
    },
    "complete_chat": {
        "data": '{"id":"chatcmpl-0b8e6f7f","object":"chat.completion.chunk","created":1790000000,'
        '"model":"uas-audio-tiny","choices":[{"index":0,"delta":{"role":null,"content":"A woman."},'
        '"finish_reason":null,"logprobs":null}],"usage":null,"system_fingerprint":null}',
    },
}
"""One server-sent event by operation id."""

TEXT_EXAMPLES = {
    "text/plain": "The train is late again.\n",
    "application/x-subrip": "1\n00:00:00,300 --> 00:00:01,700\nThe train is late again.\n\n",
    "text/vtt": "WEBVTT\n\n00:00:00.300 --> 00:00:01.700\nThe train is late again.\n\n",
}
"""The example's transcript by the type of the answer."""
