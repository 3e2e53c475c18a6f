"""How a process holds a job: claims it, keeps it, adds to it, ends it.

A lease is a worker's name and a time. Whoever finds the time passed may take the job over, so a
process that was killed blocks nothing for long. Every write asks for the lease in the same
transaction: of two processes that believe to hold a job, one gets `LeaseLost` and nothing of its
window is written. The processes' clocks have to agree within a part of the lease.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, Update, and_, delete, func, insert, or_, select, update

from uas_server.jobs import deliveries
from uas_server.jobs.errors import LeaseLost
from uas_server.jobs.record import Failure, JobRecord, WindowRecord
from uas_server.jobs.records import record_of
from uas_server.jobs.tables import jobs, windows

MOST_FRUITLESS = 5
"""A job that was taken up this often without a window being finished is given up."""


@dataclass(frozen=True)
class Lease:
    """A job that a worker holds until a time."""

    job_id: str
    worker: str
    until_ms: int


@dataclass(frozen=True)
class End:
    """When a worker ended a job, and until when it is kept."""

    worker: str
    at_ms: int
    purge_ms: int


def claim(connection: Connection, worker: str, now_ms: int, until_ms: int) -> JobRecord | None:
    """The oldest job that nobody holds, now held by this worker; None when there is none."""
    free = or_(
        jobs.c.status == "queued",
        and_(jobs.c.status == "running", jobs.c.lease_ms < now_ms),
    )
    while True:
        oldest = select(jobs.c.id).where(free).order_by(jobs.c.created_ms, jobs.c.id).limit(1)
        job_id = connection.execute(oldest).scalar()
        if job_id is None:
            return None
        taken = connection.execute(
            update(jobs)
            .where(jobs.c.id == job_id, free)
            .values(
                status="running",
                worker=worker,
                lease_ms=until_ms,
                fruitless=jobs.c.fruitless + 1,
                started_ms=func.coalesce(jobs.c.started_ms, now_ms),
            )
        )
        if taken.rowcount:  # else another process was faster
            row = connection.execute(select(jobs).where(jobs.c.id == job_id)).mappings().one()
            return record_of(row)


def is_hopeless(connection: Connection, job_id: str) -> bool:
    """Whether a job has ended processes, or their patience, too often."""
    found = connection.execute(select(jobs.c.fruitless).where(jobs.c.id == job_id)).scalar()
    return found is not None and found > MOST_FRUITLESS


def keep(connection: Connection, lease: Lease) -> None:
    """Hold a job for longer. Raises `LeaseLost`."""
    _write(connection, _held(lease.job_id, lease.worker).values(lease_ms=lease.until_ms))


def let_go(connection: Connection, job_id: str, worker: str) -> None:
    """Let others take a job up at once; nothing happens when it is not held."""
    connection.execute(_held(job_id, worker).values(lease_ms=0, fruitless=0))


def finished_windows(connection: Connection, job_id: str) -> list[WindowRecord]:
    """The windows of a job so far, in order."""
    query = select(windows.c.record).where(windows.c.job_id == job_id).order_by(windows.c.position)
    return [WindowRecord.model_validate_json(text) for text in connection.execute(query).scalars()]


def add_window(connection: Connection, lease: Lease, position: int, window: WindowRecord) -> None:
    """Keep a finished window, and the job for longer. Raises `LeaseLost`."""
    values = {"done_s": window.end_s, "lease_ms": lease.until_ms, "fruitless": 0}
    _write(connection, _held(lease.job_id, lease.worker).values(values))
    record = window.model_dump_json(by_alias=True)
    connection.execute(
        insert(windows).values(job_id=lease.job_id, position=position, record=record)
    )


def succeed(connection: Connection, job: JobRecord, end: End, result: str) -> None:
    """End a job with its result. Raises `LeaseLost`."""
    _end(connection, job, end, status="succeeded", result=result)


def fail(connection: Connection, job: JobRecord, end: End, failure: Failure) -> None:
    """End a job without a result. Raises `LeaseLost`."""
    _end(
        *(connection, job, end),
        status="failed",
        error_code=failure.code,
        error_message=failure.message,
        error_param=failure.param,
    )


def _end(connection: Connection, job: JobRecord, end: End, **values: str | None) -> None:
    ended = {"ended_ms": end.at_ms, "purge_ms": end.purge_ms, "worker": None, "lease_ms": 0}
    _write(connection, _held(job.id, end.worker).values({**values, **ended}))
    connection.execute(delete(windows).where(windows.c.job_id == job.id))
    if job.webhook_url is not None:
        deliveries.schedule(connection, job.id, end.at_ms)


def _held(job_id: str, worker: str) -> Update:
    return update(jobs).where(
        jobs.c.id == job_id, jobs.c.worker == worker, jobs.c.status == "running"
    )


def _write(connection: Connection, statement: Update) -> None:
    if not connection.execute(statement).rowcount:
        raise LeaseLost("The job is no longer held by this process.")
