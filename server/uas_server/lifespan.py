"""Starts what runs beside the app, keeps the engine alive, stops all of it in reverse order."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from uas_server.engine.errors import EngineError
from uas_server.engine.protocol import Engine
from uas_server.logs import event
from uas_server.services import Services

_LOOK_S = 0.25
_RETRY_S = 2.0

_logger = logging.getLogger("uas_server.lifespan")


def lifespan_of(services: Services) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Lifespan of an app with these services."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with running(services):
            yield

    return lifespan


@asynccontextmanager
async def running(services: Services) -> AsyncIterator[None]:
    """Have the services run while inside.

    Raises `EngineDead`, `RuntimeError`, `JobsError` from their start.
    """
    engine = services.model.engine
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(services.decoders)
        stack.push_async_callback(services.schemas.close)
        stack.push_async_callback(engine.close)
        await engine.start()
        await stack.enter_async_context(_background(keep_alive(engine)))
        if services.jobs is not None:
            await stack.enter_async_context(services.jobs.open())
        yield


async def keep_alive(engine: Engine) -> None:
    """Restart the engine whenever it is found dead."""
    while True:
        await asyncio.sleep(_LOOK_S)
        if engine.health() == "dead":
            event(_logger, logging.WARNING, "engine_restart")
            try:
                await engine.restart()
            except EngineError:
                event(_logger, logging.ERROR, "engine_restart_failed")
                await asyncio.sleep(_RETRY_S)


@asynccontextmanager
async def _background(work: "asyncio._CoroutineLike[None]") -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
