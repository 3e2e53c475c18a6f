"""Puts the parts of the jobs together, starts them and stops them."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import platformdirs
from opentelemetry.trace import Tracer

from uas_server.admission import Admission
from uas_server.jobs.clock import Clock, now_ms
from uas_server.jobs.database import Database, sqlite_url
from uas_server.jobs.desk import Desk, Terms
from uas_server.jobs.errors import StorageFull
from uas_server.jobs.files import AudioFiles, OpenFile, open_new
from uas_server.jobs.housekeeping import Housekeeping
from uas_server.jobs.poster import HttpxPoster, Poster, any_address, public_address
from uas_server.jobs.rounds import for_ever
from uas_server.jobs.runner import Bench, Runner
from uas_server.jobs.webhooks import Sender
from uas_server.metrics import Metrics
from uas_server.service.describe import Plan
from uas_server.service.model import ServedModel
from uas_server.settings import Settings
from uas_server.tracing import NO_TRACER

_LEFTOVER_S = 3_600.0


class Office:
    """The jobs of one server.

    Attributes:
        desk: what callers can do.
        sends_webhooks: whether a webhook may be asked for.
    """

    def __init__(
        self,
        settings: Settings,
        model: ServedModel,
        plan: Plan,
        admission: Admission,
        metrics: Metrics,
        *,
        clock: Clock = now_ms,
        open_file: OpenFile = open_new,
        poster: Poster | None = None,
        database: Database | None = None,
        tracer: Tracer = NO_TRACER,
    ) -> None:
        """Start nothing. The keywords are passed in by tests."""
        folder = state_folder(settings)
        self._database = database or Database(_database_url(settings, folder))
        self._files = AudioFiles(folder / "audio", open_file)
        self._lanes = settings.jobs_running
        audio, keep_s = settings.job_decode_limits(), settings.job_keep_s
        terms = Terms(audio, settings.jobs_waiting, settings.job_uploads, keep_s)
        self.desk = Desk(self._database, self._files, terms, clock)
        turn = admission.background_turn
        bench = Bench(model, plan, metrics, turn, audio, settings.request_s, tracer)
        lease_s = settings.job_lease_s
        self._runner = Runner(
            self._database, self._files, bench, clock, lease_s=lease_s, keep_s=keep_s
        )
        self.housekeeping = Housekeeping(
            *(self._database, self._files, metrics, clock),
            leftover_s=max(_LEFTOVER_S, 2 * settings.job_body_s),
        )
        self.sender = _sender(settings, self._database, poster, metrics, clock)
        self.desk.on_new = self._runner.wake
        self.desk.on_gone = self._runner.stop

    @property
    def sends_webhooks(self) -> bool:
        """Whether there is a secret to sign with."""
        return self.sender is not None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Work on jobs while inside. Raises `JobsError` when the storage cannot be used."""
        with _folder_errors():
            self._files.start()
        try:
            await self._database.start()
            with _folder_errors():
                self._files.belong_to(self._database.id)
            async with self._at_work():
                yield
        finally:
            await self._database.close()

    @asynccontextmanager
    async def _at_work(self) -> AsyncIterator[None]:
        work = [*[self._runner.work_on_one] * self._lanes, self.housekeeping.round]
        if self.sender is not None:
            work.append(self.sender.send_due)
        tasks = [asyncio.create_task(for_ever(each)) for each in work]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def state_folder(settings: Settings) -> Path:
    """Where recordings and the embedded database are."""
    return settings.state_folder or platformdirs.user_state_path("uas-audio")


def _database_url(settings: Settings, folder: Path) -> str:
    url = settings.jobs_database
    return sqlite_url(folder / "jobs.sqlite") if url is None else url.get_secret_value()


@contextmanager
def _folder_errors() -> Iterator[None]:
    try:
        yield
    except OSError:
        raise StorageFull(
            "The folder of the jobs cannot be written. Set state_folder to one that can, or jobs "
            "to false."
        ) from None


def _sender(
    settings: Settings, database: Database, poster: Poster | None, metrics: Metrics, clock: Clock
) -> Sender | None:
    if settings.webhook_secret is None:
        return None
    check = any_address if settings.webhook_private_addresses else public_address
    return Sender(
        database,
        poster or HttpxPoster(check),
        metrics,
        clock,
        secret=settings.webhook_secret.get_secret_value(),
        tries=settings.webhook_tries,
        dice=random.Random(),
    )
