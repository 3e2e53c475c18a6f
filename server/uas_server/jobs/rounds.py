"""Does a piece of work again and again, whatever happens to one of them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from uas_server.jobs.errors import JobsError
from uas_server.logs import event, unexpected

_RETRY_S = 5.0

_logger = logging.getLogger("uas_server.jobs")


async def for_ever(work: Callable[[], Awaitable[float]]) -> None:
    """Work until cancelled; `work` gives the seconds to wait before it is done again."""
    while True:
        try:
            wait_s = await work()
        except (JobsError, OSError) as error:
            event(_logger, logging.ERROR, "jobs_storage", error=type(error).__name__)
            wait_s = _RETRY_S
        except Exception as error:  # one that nobody thought of must not end the work for good
            unexpected(_logger, error, request_id="")
            wait_s = _RETRY_S
        await asyncio.sleep(wait_s)
