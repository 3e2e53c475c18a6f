"""Client of uas-audio: documents of audio clips, as answers, events, jobs and live sessions.

`UasClient` and `AsyncUasClient` call a server; `uas_audio_client.live` talks to a live session.
`generated` is made of the server's API description and holds every model and operation.
"""

from uas_audio_client.async_client import AsyncUasClient
from uas_audio_client.client import UasClient
from uas_audio_client.errors import (
    ApiError,
    JobFailed,
    JobUnfinished,
    StreamCut,
    UasError,
    UnexpectedAnswer,
)
from uas_audio_client.events import StreamEvent
from uas_audio_client.generated.models import (
    AskEnvelope,
    DeltaPayload,
    FieldPayload,
    JobInfo,
    UasDocument,
    UasEnvelope,
)
from uas_audio_client.retries import RetryPolicy

__all__ = [
    "ApiError",
    "AskEnvelope",
    "AsyncUasClient",
    "DeltaPayload",
    "FieldPayload",
    "JobFailed",
    "JobInfo",
    "JobUnfinished",
    "RetryPolicy",
    "StreamCut",
    "StreamEvent",
    "UasClient",
    "UasDocument",
    "UasEnvelope",
    "UasError",
    "UnexpectedAnswer",
]
