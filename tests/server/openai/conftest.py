"""A live server with a voice in every clip, and the official Python SDK that calls it."""

from collections.abc import Callable, Iterator

import openai
import pytest
from talking import SAID, WORDS, speaking

from uas_server.engine.fake import FakeEngine
from uas_server.opening import opened_model
from uas_server.settings import Settings


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine(speaking)


@pytest.fixture(scope="module")
def live_url(server_of, model_of, engine) -> Iterator[str]:
    model = model_of(engine, draft=SAID, words=WORDS)
    with server_of(model=model, api_keys=["k"], schema_compile_s=30.0).live() as url:
        yield f"{url}/v1"


@pytest.fixture(scope="module")
def sdk_of() -> Callable[[str], openai.OpenAI]:
    """`sdk_of(url)`: the SDK, which tries once."""
    return lambda url: openai.OpenAI(base_url=url, api_key="k", max_retries=0)


@pytest.fixture(scope="module")
def sdk(live_url, sdk_of) -> Iterator[openai.OpenAI]:
    with sdk_of(live_url) as client:
        yield client


@pytest.fixture(scope="module")
def model_url(server_of) -> Iterator[str]:
    """Base URL of the shipped model."""
    with server_of(model=opened_model(Settings())).live() as url:
        yield f"{url}/v1"
