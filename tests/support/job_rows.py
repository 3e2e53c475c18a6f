"""Jobs for a database, without any server."""

import dataclasses
import uuid
from typing import Any

from uas_server.jobs.record import NewJob

OWNER = "o" * 64


def new_job(**changes: Any) -> NewJob:
    job = NewJob(
        id=uuid.uuid4().hex,
        owner=OWNER,
        request_id="req_1",
        key_digest=None,
        request_digest="d" * 64,
        max_tokens=512,
        words=False,
        webhook_url=None,
        audio_bytes=10,
        audio_s=60.0,
    )
    return dataclasses.replace(job, **changes)
