"""The rules that processes share a database by, on SQLite and on a real PostgreSQL."""

import asyncio

import pytest
from job_rows import OWNER, new_job
from sqlalchemy import update

from uas_model.draft import DraftWord
from uas_schema.document import UasDocument
from uas_server.jobs import deliveries, leases, records
from uas_server.jobs.database import Database
from uas_server.jobs.errors import IdempotencyConflict, LeaseLost, SchemaTooNew
from uas_server.jobs.record import Failure, WindowRecord
from uas_server.jobs.tables import schema_version
from uas_server.service.envelope import Confidence


def window(end_s: float) -> WindowRecord:
    return WindowRecord(
        start_s=end_s - 1,
        end_s=end_s,
        speech_s=0.0,
        document=UasDocument.no_voice("Rain on a roof"),
        confidence=Confidence(),
        incomplete=(),
        tokens={"prompt": 1},
        spent_s={},
    )


def test_a_window_is_read_as_it_was_written_also_by_a_server_that_knew_no_words():
    said = (DraftWord(" Rain", 0.1, 0.5, 0.9), DraftWord(" falls", 0.5, 0.9, 0.8))
    timed = window(1.0).replace(words=said)
    assert WindowRecord.model_validate_json(timed.model_dump_json()) == timed
    assert timed.part().result.words == said
    assert WindowRecord.of(timed.part()) == timed
    earlier = window(1.0).model_dump_json(exclude={"words"})
    assert WindowRecord.model_validate_json(earlier) == window(1.0)


async def test_a_job_is_claimed_by_one(database: Database):
    jobs = [new_job() for _ in range(6)]
    for at_ms, job in enumerate(jobs):
        await database.run(records.add, job, at_ms)
    claims = await asyncio.gather(
        *(database.run(leases.claim, f"worker-{n}", 1_000, 2_000) for n in range(9))
    )
    claimed = [job.id for job in claims if job is not None]
    assert sorted(claimed) == sorted(job.id for job in jobs)
    assert await database.run(leases.claim, "late", 1_500, 2_500) is None


async def test_a_lease_that_ran_out_is_taken_over_and_its_old_holder_writes_nothing(
    database: Database,
):
    job = new_job()
    await database.run(records.add, job, 0)
    await database.run(leases.claim, "old", 0, 1_000)
    await database.run(leases.add_window, leases.Lease(job.id, "old", 1_000), 0, window(1.0))
    assert await database.run(leases.claim, "new", 1_000, 2_000) is None
    taken = await database.run(leases.claim, "new", 1_001, 2_000)
    assert taken is not None
    assert (taken.id, taken.done_s, taken.started_ms) == (job.id, 1.0, 0)
    old, end = leases.Lease(job.id, "old", 3_000), leases.End("old", 1_500, 9_000)
    for late in (
        database.run(leases.add_window, old, 1, window(2.0)),
        database.run(leases.keep, old),
        database.run(leases.succeed, taken, end, "{}"),
        database.run(leases.fail, taken, end, Failure("bad_audio", "no", None)),
    ):
        with pytest.raises(LeaseLost):
            await late
    await database.run(leases.let_go, job.id, "old")
    await database.run(leases.add_window, leases.Lease(job.id, "new", 3_000), 1, window(2.0))
    finished = await database.run(leases.finished_windows, job.id)
    assert [each.end_s for each in finished] == [1.0, 2.0]
    assert finished[0] == window(1.0)
    await database.run(leases.succeed, taken, leases.End("new", 1_600, 9_000), "{}")
    assert await database.run(records.result, OWNER, job.id) == "{}"
    assert await database.run(leases.finished_windows, job.id) == []


async def test_the_same_key_at_the_same_moment_makes_one_job(database: Database):
    added = await asyncio.gather(
        *(database.run(records.add, new_job(key_digest="k" * 64), n) for n in range(8))
    )
    assert len({record.id for record, _ in added}) == 1
    assert [is_new for _, is_new in added].count(True) == 1
    other = new_job(key_digest="k" * 64, request_digest="e" * 64)
    with pytest.raises(IdempotencyConflict):
        await database.run(records.add, other, 9)
    strange = new_job(key_digest="k" * 64, owner="p" * 64)
    assert (await database.run(records.add, strange, 9))[1]


async def test_a_job_that_ends_processes_is_given_up(database: Database):
    job = new_job()
    await database.run(records.add, job, 0)
    for at_ms in range(0, 10 * leases.MOST_FRUITLESS, 10):
        await database.run(leases.claim, "w", at_ms, at_ms + 5)
        assert not await database.run(leases.is_hopeless, job.id)
    await database.run(leases.claim, "w", 1_000, 1_005)
    assert await database.run(leases.is_hopeless, job.id)


async def test_time_deletes_what_has_ended_and_only_that(database: Database):
    old, young, waiting = new_job(), new_job(webhook_url="https://a.example"), new_job()
    for at_ms, job in enumerate((old, young, waiting)):
        await database.run(records.add, job, at_ms)
    for purge_ms in (1_000, 2_000):
        claimed = await database.run(leases.claim, "w", 10, 20)
        await database.run(leases.succeed, claimed, leases.End("w", 15, purge_ms), "{}")
    assert await database.run(records.wanted_audio) == {waiting.id}
    assert await database.run(records.expired, 1_500) == [old.id]
    assert await database.run(records.find, OWNER, old.id) is None
    assert await database.run(records.expired, 5_000) == [young.id]
    assert await database.run(deliveries.take, 99_000, 100_000) is None
    assert (await database.run(records.counts))["queued"] == 1


async def test_a_webhook_is_taken_by_one_and_comes_back(database: Database):
    job = new_job(webhook_url="https://a.example/hook")
    await database.run(records.add, job, 0)
    claimed = await database.run(leases.claim, "w", 10, 20)
    await database.run(leases.succeed, claimed, leases.End("w", 15, 9_000_000), "{}")
    taken = await asyncio.gather(*(database.run(deliveries.take, 20, 1_000) for _ in range(5)))
    (delivery,) = [each for each in taken if each is not None]
    assert (delivery.job.id, delivery.job.status, delivery.tries) == (job.id, "succeeded", 0)
    again = await database.run(deliveries.take, 1_000, 2_000)
    assert again is not None
    assert again.delivery_id == delivery.delivery_id
    await database.run(deliveries.done, job.id)
    assert await database.run(deliveries.take, 9_000, 9_999) is None


async def test_a_database_keeps_its_salt_and_refuses_an_older_server(database_url: str):
    first, second, older = (Database(database_url) for _ in range(3))
    await asyncio.gather(first.start(), second.start())
    assert first.owner_salt == second.owner_salt
    assert len(first.owner_salt) == 32
    await first.run(lambda connection: connection.execute(update(schema_version).values(version=9)))
    with pytest.raises(SchemaTooNew, match="has version 9, this server knows 1"):
        await older.start()
    for database in (first, second, older):
        await database.close()
