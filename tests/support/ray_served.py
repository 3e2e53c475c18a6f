"""A model that replicas open: scripted, and held by a file after it has found a voice.

`settings.model` is a folder, where `hold` makes answers wait and `running-<pid>-*` show who waits.
"""

import os
import uuid
from pathlib import Path

from scripted_model import byte_tokens, scripted_model
from talking import speaking

from uas_server.engine.fake import FakeEngine, Reply
from uas_server.engine.protocol import Choice, GenerateRequest
from uas_server.service.model import ServedModel
from uas_server.settings import Settings

PLACES = 2
"""Requests that a replica admits: one that runs, one that waits."""
REQUESTS = 4
"""Requests and connections that Ray sends to a replica at a time."""

_HELD_S = 600.0


def opened_scripted(settings: Settings) -> ServedModel:
    """One that takes a request at a time."""
    folder = Path(settings.model)
    own = folder / str(os.getpid())
    own.mkdir()

    def script(request: GenerateRequest) -> Reply:
        reply = speaking(request)
        if isinstance(request.constraint, Choice) or not (folder / "hold").exists():
            return reply
        (folder / f"running-{os.getpid()}-{uuid.uuid4().hex}").touch()
        return Reply(reply.text, reply.slot_probs, latency_s=_HELD_S)

    return scripted_model(byte_tokens(own), FakeEngine(script, max_concurrency=1))
