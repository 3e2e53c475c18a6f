"""Webhooks that are still to be sent, in the database: scheduled with a job's end, in its
transaction, so that none is lost and none is sent for an end that did not happen."""

import uuid
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from uas_server.jobs.record import JobRecord
from uas_server.jobs.records import record_of
from uas_server.jobs.tables import deliveries, jobs


@dataclass(frozen=True)
class Delivery:
    """One webhook; `tries` are those that failed, the id is the same in all of them."""

    delivery_id: str
    tries: int
    job: JobRecord


def schedule(connection: Connection, job_id: str, due_ms: int) -> None:
    """Have a webhook sent."""
    delivery_id = f"msg_{uuid.uuid4().hex}"
    connection.execute(
        insert(deliveries).values(job_id=job_id, delivery_id=delivery_id, tries=0, due_ms=due_ms)
    )


def take(connection: Connection, now_ms: int, until_ms: int) -> Delivery | None:
    """One webhook that is due, and not due for anybody else until `until_ms`."""
    while True:
        query = (
            select(deliveries)
            .where(deliveries.c.due_ms <= now_ms)
            .order_by(deliveries.c.due_ms)
            .limit(1)
        )
        row = connection.execute(query).mappings().first()
        if row is None:
            return None
        same = (deliveries.c.job_id == row["job_id"], deliveries.c.due_ms == row["due_ms"])
        taken = connection.execute(update(deliveries).where(*same).values(due_ms=until_ms))
        if taken.rowcount:  # else another process was faster
            job = connection.execute(select(jobs).where(jobs.c.id == row["job_id"])).mappings()
            return Delivery(row["delivery_id"], row["tries"], record_of(job.one()))


def try_again(connection: Connection, job_id: str, tries: int, due_ms: int) -> None:
    """A try failed; the next is due at `due_ms`."""
    connection.execute(
        update(deliveries).where(deliveries.c.job_id == job_id).values(tries=tries, due_ms=due_ms)
    )


def done(connection: Connection, job_id: str) -> None:
    """Delivered, or given up: nothing more is sent."""
    connection.execute(delete(deliveries).where(deliveries.c.job_id == job_id))
