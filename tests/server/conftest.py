"""A whole server around the scripted engine: real routes, layers and decoders, no model."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn
from clips import encoded, tone
from fastapi import FastAPI
from opentelemetry.trace import Tracer
from scripted_model import byte_tokens, scripted_model

from uas_model.tokens import TextTokens
from uas_server.app import create_app, create_office
from uas_server.engine.protocol import Engine
from uas_server.lifespan import running
from uas_server.media.fetch import Fetcher
from uas_server.service.model import ServedModel
from uas_server.services import Services
from uas_server.serving import uvicorn_config
from uas_server.settings import Settings
from uas_server.tracing import NO_TRACER

BASE_URL = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> TextTokens:
    return byte_tokens(tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture(scope="session")
def model_of(tokens: TextTokens) -> Callable[..., ServedModel]:
    """`model_of(engine)`: a served model around an engine; keywords change its info."""

    return partial(scripted_model, tokens)


class Server:
    """A running app and a client of it, in the loop of the test."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.services: Services = app.state.services
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> httpx.AsyncClient:
        await self._stack.enter_async_context(running(self.services))
        transport = httpx.ASGITransport(app=self.app)
        return await self._stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url=BASE_URL)
        )

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @contextmanager
    def live(self) -> Iterator[str]:
        """The app under uvicorn in a thread; gives its base URL."""
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn_config(self.app, self.settings))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


ServerOf = Callable[..., Server]


@pytest.fixture(scope="session")
def server_of(
    model_of: Callable[..., ServedModel], tmp_path_factory: pytest.TempPathFactory
) -> ServerOf:
    """`server_of(engine, queue=1)`: a server with a state of its own; keywords are settings.

    `fakes` are passed to its jobs.
    """

    def make(
        engine: Engine | None = None,
        model: ServedModel | None = None,
        fetcher: Fetcher | None = None,
        fakes: Mapping[str, Any] | None = None,
        tracer: Tracer = NO_TRACER,
        **changes: Any,
    ) -> Server:
        state_folder = changes.pop("state_folder", None) or tmp_path_factory.mktemp("state")
        settings = Settings(**{"decoders": 1, "state_folder": state_folder, **changes})
        office = partial(create_office, **(fakes or {}))
        served = model or model_of(engine)
        app = create_app(settings, served, fetcher, office=office, tracer=tracer)
        return Server(app, settings)

    return make


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(server_of: ServerOf) -> AsyncIterator[httpx.AsyncClient]:
    """Client of a server with every default, one per test module."""
    async with server_of() as client:
        yield client


@pytest.fixture(scope="session")
def clip() -> bytes:
    """One second of tone as WAV."""
    return encoded(tone())
