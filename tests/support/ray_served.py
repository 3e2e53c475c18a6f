"""A model that replicas open: scripted, and held by a file until a test lets it go.

`settings.model` is a folder, where `hold` makes answers wait and `running-<pid>-*` show who waits.
"""

import os
import uuid
from pathlib import Path

from scripted_model import byte_tokens, scripted_model
from talking import speaking

from uas_server.engine.fake import FakeEngine, Reply
from uas_server.engine.protocol import GenerateRequest
from uas_server.service.model import ServedModel
from uas_server.settings import Settings

HELD_S = 600.0


def opened_scripted(settings: Settings) -> ServedModel:
    """One place in each replica beside the queue of the settings."""
    folder = Path(settings.model)
    own = folder / str(os.getpid())
    own.mkdir()

    def script(request: GenerateRequest) -> Reply:
        reply = speaking(request)
        if not (folder / "hold").exists():
            return reply
        (folder / f"running-{os.getpid()}-{uuid.uuid4().hex}").touch()
        return Reply(reply.text, reply.slot_probs, latency_s=HELD_S)

    return scripted_model(byte_tokens(own), FakeEngine(script, max_concurrency=1))
