"""What callers can do with jobs: hand a recording in, look, fetch the result, take it back.

Owners are told apart by a salted digest of their key; nothing here or below knows a key.
"""

import hashlib
import hmac
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from uas_server.errors import ApiError, retry_after
from uas_server.jobs import records
from uas_server.jobs.clock import Clock, ms
from uas_server.jobs.database import Database
from uas_server.jobs.errors import IdempotencyConflict, StorageFull
from uas_server.jobs.files import AudioFiles, Receiving
from uas_server.jobs.record import JobRecord, NewJob, Status
from uas_signal.limits import DecodeLimits
from uas_signal.stream import probe

_FULL_RETRY_S = 60


@dataclass(frozen=True)
class Terms:
    """What jobs may be: bounds of the audio, how many wait, how long one is kept at its end."""

    audio: DecodeLimits
    waiting: int
    uploads: int
    keep_s: float


@dataclass(frozen=True)
class Order:
    """What a caller wants done: whose it is, and with which parameters."""

    owner: str
    request_id: str
    idempotency_key: str | None
    max_tokens: int
    words: bool
    webhook_url: str | None


class Desk:
    """Takes orders. `on_new` and `on_gone` tell the runner of this process."""

    def __init__(self, database: Database, files: AudioFiles, terms: Terms, clock: Clock) -> None:
        self.on_new: Callable[[], None] = lambda: None
        self.on_gone: Callable[[str], None] = lambda _job_id: None
        self._database = database
        self._files = files
        self._terms = terms
        self._clock = clock
        self._uploads = 0

    def owner(self, key_digest: str) -> str:
        """The owner's name for the digest of a key."""
        return hmac.new(self._database.owner_salt, key_digest.encode(), hashlib.sha256).hexdigest()

    @asynccontextmanager
    async def receiving(self) -> AsyncIterator[Receiving]:
        """Hold a place for one upload while inside; what is not submitted is removed.

        Raises `ApiError` server_full, `JobsError`.
        """
        if self._uploads >= self._terms.uploads:
            raise _full(f"{self._terms.uploads} uploads are under way.", seconds=5)
        counts = await self._database.run(records.counts)
        if counts["queued"] >= self._terms.waiting:
            raise _full(f"{self._terms.waiting} jobs wait already.", seconds=_FULL_RETRY_S)
        receiving = self._files.receive(uuid.uuid4().hex)
        self._uploads += 1
        try:
            yield receiving
        finally:
            self._uploads -= 1
            await receiving.abandon()

    async def submit(self, receiving: Receiving, order: Order) -> JobRecord:
        """Check a received recording and queue it. Raises `SignalError`, `JobsError`.

        With an idempotency key that is known the job is the one that it stands for.
        """
        await receiving.complete()
        head = await probe(receiving.path, self._terms.audio)
        new = NewJob(
            id=receiving.path.stem,
            owner=order.owner,
            request_id=order.request_id,
            key_digest=_key_digest(order.idempotency_key),
            request_digest=_request_digest(receiving, order),
            max_tokens=order.max_tokens,
            words=order.words,
            webhook_url=order.webhook_url,
            audio_bytes=receiving.size_bytes,
            audio_s=head.duration_s,
        )
        await receiving.keep()  # before the row: a job without its recording cannot be worked on
        try:
            job, is_new = await self._database.run(records.add, new, self._clock())
        except (IdempotencyConflict, StorageFull):
            self._files.delete(new.id)
            raise  # after any other failure the row may be there: the sweep finds out
        if is_new:
            self.on_new()
        else:
            self._files.delete(new.id)
        return job

    async def find(self, owner: str, job_id: str) -> JobRecord:
        """The owner's job. Raises `ApiError` not_found."""
        job = await self._database.run(records.find, owner, job_id)
        if job is None:
            raise _not_found()
        return job

    async def newest(
        self, owner: str, limit: int, before: tuple[int, str] | None
    ) -> tuple[list[JobRecord], bool]:
        """Up to `limit` jobs, newest first, and whether there are more."""
        found = await self._database.run(records.newest, owner, limit + 1, before)
        return found[:limit], len(found) > limit

    async def result(self, owner: str, job_id: str) -> str:
        """JSON of the envelope. Raises `ApiError` not_found, job_has_no_result."""
        job = await self.find(owner, job_id)
        result = await self._database.run(records.result, owner, job_id)
        if result is None:
            message = f"The job is {job.status}; only a job that succeeded has a result."
            raise ApiError("job_has_no_result", message)
        return result

    async def take_back(self, owner: str, job_id: str) -> Status:
        """Cancel a job that has not ended, delete one that has; gives the status it had.

        Raises `ApiError` not_found.
        """
        now_ms = self._clock()
        purge_ms = now_ms + ms(self._terms.keep_s)
        had = await self._database.run(records.cancel_or_delete, owner, job_id, now_ms, purge_ms)
        if had is None:
            raise _not_found()
        self.on_gone(job_id)
        self._files.delete(job_id)
        return had


def _key_digest(key: str | None) -> str | None:
    return None if key is None else hashlib.sha256(key.encode()).hexdigest()


def _request_digest(receiving: Receiving, order: Order) -> str:
    """The same for the same recording with the same parameters."""
    parameters = json.dumps([order.max_tokens, order.words, order.webhook_url]).encode()
    return hashlib.sha256(receiving.digest + parameters).hexdigest()


def _full(reason: str, seconds: float) -> ApiError:
    message = f"{reason} Try again after the given time."
    return ApiError("server_full", message, headers=retry_after(seconds))


def _not_found() -> ApiError:
    return ApiError("not_found", "There is no such job. It may be deleted, or another key's.")
