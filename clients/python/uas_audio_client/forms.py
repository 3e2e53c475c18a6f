"""The forms that clips are sent in, and where to.

The fields are the generated models'; what is None is left out. The generated functions are not used
for forms: they delimit the parts by a fixed `+++`, which a clip may hold; httpx draws one.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from uas_audio_client.clips import given
from uas_audio_client.generated.models import (
    AskAudioFilesAskForm,
    DescribeAudioFilesUasForm,
    SubmitJobFilesJobForm,
)
from uas_audio_client.generated.types import File, RequestFiles

UAS_PATH = "/v1/uas"
ASK_PATH = "/v1/ask"
JOBS_PATH = "/v1/jobs"


def describe_form(
    file: File, *, max_tokens: int | None, words: bool | None, stream: bool
) -> RequestFiles:
    """Form of POST /v1/uas."""
    return DescribeAudioFilesUasForm(
        file=file, max_tokens=given(max_tokens), words=given(words), stream=stream
    ).to_multipart()


def ask_form(
    file: File,
    question: str,
    *,
    choices: Iterable[str] | None,
    yes_no: bool | None,
    schema: Mapping[str, Any] | None,
    max_tokens: int | None,
) -> RequestFiles:
    """Form of POST /v1/ask; the server refuses more than one kind of answer."""
    return AskAudioFilesAskForm(
        file=file,
        question=question,
        choices=given(None if choices is None else list(choices)),
        yes_no=given(yes_no),
        schema=given(None if schema is None else json.dumps(schema)),
        max_tokens=given(max_tokens),
    ).to_multipart()


def job_form(
    file: File, *, max_tokens: int | None, words: bool | None, webhook_url: str | None
) -> RequestFiles:
    """Form of POST /v1/jobs."""
    return SubmitJobFilesJobForm(
        file=file,
        max_tokens=given(max_tokens),
        words=given(words),
        webhook_url=given(webhook_url),
    ).to_multipart()


def job_headers(idempotency_key: str | None) -> dict[str, str]:
    """Headers of POST /v1/jobs."""
    return {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}


def result_path(job_id: str) -> str:
    """Path of a job's result."""
    return f"{JOBS_PATH}/{quote(job_id, safe='')}/result"
