"""Throws away jobs over their time and files without a job, and counts what is there."""

import asyncio

from uas_server.jobs import records
from uas_server.jobs.clock import Clock
from uas_server.jobs.database import Database
from uas_server.jobs.files import AudioFiles
from uas_server.metrics import Metrics

_EVERY_S = 10.0


class Housekeeping:
    """One round after the other; any number of processes may do it side by side."""

    def __init__(
        self,
        database: Database,
        files: AudioFiles,
        metrics: Metrics,
        clock: Clock,
        *,
        leftover_s: float,
    ) -> None:
        """Files without a job are removed when they are older than `leftover_s`."""
        self._database = database
        self._files = files
        self._metrics = metrics
        self._clock = clock
        self._leftover_s = leftover_s

    async def round(self) -> float:
        """One round; gives the seconds until the next. Raises `JobsError`, `OSError`."""
        gone = await self._database.run(records.expired, self._clock())
        for job_id in gone:
            self._files.delete(job_id)
        wanted = await self._database.run(records.wanted_audio)
        await asyncio.to_thread(self._files.sweep, wanted, self._leftover_s)
        for status, count in (await self._database.run(records.counts)).items():
            self._metrics.jobs.labels(status).set(count)
        return _EVERY_S
