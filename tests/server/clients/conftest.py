"""A live server with a voice in every clip, and where the clients are."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from talking import SAID, WORDS, speaking

from uas_server.engine.fake import FakeEngine, Reply, legal_reply
from uas_server.engine.protocol import Choice, GenerateRequest

ROOT = Path(__file__).parents[3]


def talkative(request: GenerateRequest) -> Reply:
    """Hear a voice; of other choices take the first."""
    constraint = request.constraint
    is_question = isinstance(constraint, Choice) and '"' not in constraint.texts
    return legal_reply(request) if is_question else speaking(request)


@pytest.fixture(scope="module")
def live_url(server_of, model_of) -> Iterator[str]:
    model = model_of(FakeEngine(talkative), draft=SAID, words=WORDS)
    with server_of(model=model, api_keys=["k"]).live() as url:
        yield url


@pytest.fixture(scope="module")
def clip_file(clip, tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("clip") / "clip.wav"
    file.write_bytes(clip)
    return file
