"""Waiting for something in another process, which has no event to wait for."""

import asyncio
from collections.abc import Awaitable, Callable

LOOK_S = 0.02


async def until(holds: Callable[[], Awaitable[bool]], within_s: float = 60.0) -> float:
    """Wait until it holds; gives the seconds waited. Raises `TimeoutError`."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.timeout(within_s):
        while not await holds():  # noqa: ASYNC110 - see above
            await asyncio.sleep(LOOK_S)
    return loop.time() - began
