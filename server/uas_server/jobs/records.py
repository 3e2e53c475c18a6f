"""What callers do to jobs in the database: add, look, list, cancel, delete; and what time does.

Each function works on one connection, in the transaction of its caller. All of them but `expired`
and `counts` see the jobs of one owner only.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from uas_server.jobs.errors import IdempotencyConflict
from uas_server.jobs.record import ENDED, STATUSES, JobRecord, NewJob, Status
from uas_server.jobs.tables import deliveries, jobs, windows

_COLUMNS = [jobs.c[field.name] for field in dataclasses.fields(JobRecord)]


def add(connection: Connection, new: NewJob, now_ms: int) -> tuple[JobRecord, bool]:
    """Queue a job; gives it and whether it is new. The same key gives the job it stands for.

    Raises `IdempotencyConflict` when the key stands for another request.
    """
    known = _with_key(connection, new)
    if known is None and _insert(connection, new, now_ms):
        record = find(connection, new.owner, new.id)
        if record is None:
            raise RuntimeError("a job is gone that was added a moment ago")
        return record, True
    known = known or _with_key(connection, new)
    if known is None or known.request_digest != new.request_digest:
        raise IdempotencyConflict(
            "This Idempotency-Key was sent before with another body. Use a new key."
        )
    return known, False


def find(connection: Connection, owner: str, job_id: str) -> JobRecord | None:
    """The owner's job; None where there is none."""
    row = connection.execute(select(*_COLUMNS).where(_owned(owner, job_id))).mappings().first()
    return None if row is None else record_of(row)


def newest(
    connection: Connection, owner: str, limit: int, before: tuple[int, str] | None
) -> list[JobRecord]:
    """The owner's jobs, newest first, behind the one with this creation time and id."""
    query = select(*_COLUMNS).where(jobs.c.owner == owner)
    if before is not None:
        created_ms, job_id = before
        earlier = jobs.c.created_ms < created_ms
        query = query.where(or_(earlier, and_(jobs.c.created_ms == created_ms, jobs.c.id < job_id)))
    query = query.order_by(jobs.c.created_ms.desc(), jobs.c.id.desc()).limit(limit)
    return [record_of(row) for row in connection.execute(query).mappings()]


def result(connection: Connection, owner: str, job_id: str) -> str | None:
    """JSON of the envelope; None where there is none."""
    return connection.execute(select(jobs.c.result).where(_owned(owner, job_id))).scalar()


def cancel_or_delete(
    connection: Connection, owner: str, job_id: str, now_ms: int, purge_ms: int
) -> Status | None:
    """Cancel a job that waits or runs, delete one that has ended.

    Gives the status that it had, None where there is no such job. Its windows go in either case.
    """
    found = find(connection, owner, job_id)
    if found is None:
        return None
    if found.has_ended:
        connection.execute(delete(jobs).where(_owned(owner, job_id)))
        return found.status
    connection.execute(delete(windows).where(windows.c.job_id == job_id))
    connection.execute(
        update(jobs)
        .where(_owned(owner, job_id))
        .values(status="cancelled", ended_ms=now_ms, purge_ms=purge_ms, worker=None)
    )
    return found.status


def expired(connection: Connection, now_ms: int) -> list[str]:
    """Delete what is over its time; gives the ids. A webhook that is still due goes with it."""
    over = select(jobs.c.id).where(jobs.c.purge_ms < now_ms, jobs.c.status.in_(ENDED))
    ids = list(connection.execute(over).scalars())
    connection.execute(delete(deliveries).where(deliveries.c.job_id.in_(ids)))
    connection.execute(delete(jobs).where(jobs.c.id.in_(ids)))
    return ids


def counts(connection: Connection) -> dict[Status, int]:
    """How many jobs there are in each state, of all owners."""
    query = select(jobs.c.status, func.count()).group_by(jobs.c.status)
    found: dict[str, int] = dict(list(connection.execute(query)))
    return {status: found.get(status, 0) for status in STATUSES}


def wanted_audio(connection: Connection) -> set[str]:
    """Ids of the jobs whose recording is still needed."""
    return set(connection.execute(select(jobs.c.id).where(jobs.c.status.not_in(ENDED))).scalars())


def record_of(row: Mapping[Any, Any]) -> JobRecord:
    """A job from its columns; those that it has no field for are left out."""
    return JobRecord(**{field.name: row[field.name] for field in dataclasses.fields(JobRecord)})


def _insert(connection: Connection, new: NewJob, now_ms: int) -> bool:
    """False when a job with the same key was added at the same moment."""
    values = {
        **dataclasses.asdict(new),
        "status": "queued",
        "done_s": 0.0,
        "created_ms": now_ms,
        "lease_ms": 0,
        "fruitless": 0,
    }
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_postgresql

        statement = insert_postgresql(jobs).values(values).on_conflict_do_nothing()
        return connection.execute(statement.returning(jobs.c.id)).scalar() is not None
    connection.execute(insert(jobs).values(values))  # SQLite has one writer at a time
    return True


def _with_key(connection: Connection, new: NewJob) -> JobRecord | None:
    if new.key_digest is None:
        return None
    query = select(*_COLUMNS).where(jobs.c.owner == new.owner, jobs.c.key_digest == new.key_digest)
    row = connection.execute(query).mappings().first()
    return None if row is None else record_of(row)


def _owned(owner: str, job_id: str) -> ColumnElement[bool]:
    return and_(jobs.c.owner == owner, jobs.c.id == job_id)
