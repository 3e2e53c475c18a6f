"""Starts what runs beside the app, keeps the engine alive, stops all of it in reverse order."""

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from uas_server.engine.errors import EngineError
from uas_server.engine.protocol import Engine
from uas_server.keys.entry import KeysError
from uas_server.keys.ring import KeyRing
from uas_server.logs import event
from uas_server.metrics import Metrics
from uas_server.services import Services

_LOOK_S = 0.25
_RETRY_S = 2.0

_logger = logging.getLogger("uas_server.lifespan")


def lifespan_of(services: Services) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Lifespan of an app with these services."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with running(services):
            with _reloading(services.keys):
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
        await stack.enter_async_context(_background(keep_alive(engine, services.metrics)))
        await stack.enter_async_context(services.live.opened())
        if services.jobs is not None:
            await stack.enter_async_context(services.jobs.open())
        yield


@contextlib.contextmanager
def _reloading(keys: KeyRing) -> Iterator[None]:
    """Read the file of keys again on SIGHUP; one that does not fit is logged and left.

    Only the main thread may handle signals: a server in any other thread does not.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, reload_keys, keys)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


def reload_keys(keys: KeyRing) -> None:
    """Read the file of keys again, and log what came of it."""
    try:
        keys.reload()
    except KeysError as error:
        event(_logger, logging.ERROR, "keys_not_reloaded", reason=str(error))
    else:
        event(_logger, logging.INFO, "keys_reloaded")


async def keep_alive(engine: Engine, metrics: Metrics) -> None:
    """Restart the engine whenever it is found dead."""
    while True:
        await asyncio.sleep(_LOOK_S)
        if engine.health() == "dead":
            event(_logger, logging.WARNING, "engine_restart")
            try:
                await engine.restart()
            except EngineError:
                metrics.restarted("failed")
                event(_logger, logging.ERROR, "engine_restart_failed")
                await asyncio.sleep(_RETRY_S)
            else:
                metrics.restarted("restarted")


@asynccontextmanager
async def _background(work: "asyncio._CoroutineLike[None]") -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
