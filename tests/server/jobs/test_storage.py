"""A disk or a database that is full is told as such; nothing half written stays; work goes on."""

import asyncio
import errno
import io
import itertools
import os

import pytest
from clips import encoded, tone
from job_client import ended, result, submit, until
from sqlalchemy import event

from uas_server.jobs.database import Database, sqlite_url
from uas_server.jobs.errors import FolderTaken, StorageDown, StorageFull
from uas_server.jobs.files import AudioFiles, open_new


class FullDisk(io.FileIO):
    """A file that takes `room` bytes, then fails as a full disk does."""

    room = 50_000

    def write(self, data, /) -> int:
        if self.tell() + len(data) > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


def full_disk(path):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return FullDisk(descriptor, "wb")


def read_only(path):
    raise OSError(errno.EROFS, "Read-only file system")


async def write_much(files: AudioFiles) -> None:
    receiving = files.receive("a" * 32)
    try:
        for _ in range(40):
            await receiving.write(bytes(1 << 16))
        await receiving.complete()
    finally:
        await receiving.abandon()


@pytest.mark.parametrize("open_file", [full_disk, read_only])
async def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, open_file):
    files = AudioFiles(tmp_path / "audio", open_file)
    files.start()
    with pytest.raises(StorageFull):
        await write_much(files)
    assert list(tmp_path.glob("audio/*")) == []


async def test_a_client_of_a_full_disk_gets_507_and_the_server_goes_on(server_of, tmp_path):
    big = encoded(tone(5.0))
    async with server_of(state_folder=tmp_path, fakes={"open_file": full_disk}) as client:
        answer = await client.post("/v1/jobs", files={"file": big})
        assert (answer.status_code, answer.json()["error"]["code"]) == (507, "storage_full")
        assert answer.json()["error"]["type"] == "server_error"
        assert list(tmp_path.glob("audio/*")) == []
        await ended(client, await submit(client, encoded(tone(1.0))))


async def test_what_is_kept_is_whole_and_what_is_not_is_gone(tmp_path):
    files = AudioFiles(tmp_path / "audio")
    files.start()
    kept, dropped = files.receive("a" * 32), files.receive("b" * 32)
    data = os.urandom(3_000_000)
    for receiving in (kept, dropped):
        for start in range(0, len(data), 70_001):
            await receiving.write(data[start : start + 70_001])
        await receiving.complete()
    await kept.keep()
    await kept.abandon()
    await dropped.abandon()
    assert files.path("a" * 32).read_bytes() == data
    assert files.path("a" * 32).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "audio").iterdir()] == ["a" * 32 + ".audio"]


def test_a_sweep_takes_what_a_killed_process_left_and_nothing_young(tmp_path):
    files = AudioFiles(tmp_path)
    for name in ("a.audio", "b.audio", "c.part", "d.part", "e.txt"):
        open_new(tmp_path / name).close()
    for name in ("a.audio", "b.audio", "c.part", "e.txt"):
        os.utime(tmp_path / name, (0, 0))
    files.sweep({"a"}, older_than_s=60)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.audio", "d.part", "e.txt"]


def limit_pages(database: Database, pages: int) -> None:
    """Let the SQLite file grow to `pages` at most: SQLite's own "disk is full"."""

    @event.listens_for(database.engine, "connect")
    def limit(connection, _record) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    database.engine.dispose()


async def test_a_full_database_stops_a_job_and_room_lets_it_go_on(
    server_of, model_of, tmp_path, caplog
):
    database = Database(sqlite_url(tmp_path / "jobs.sqlite"))
    settings = {"state_folder": tmp_path, "job_lease_s": 1}
    server = server_of(model=model_of(window_s=1), fakes={"database": database}, **settings)
    async with server as client:
        job = await submit(client, encoded(tone(24.0)))
        limit_pages(database, 1)  # SQLite takes it for the pages that there are
        await until(client, job, lambda _: "jobs_storage" in caplog.messages)
        assert (await client.get(f"/v1/jobs/{job['id']}")).json()["status"] != "failed"
        limit_pages(database, 1_000_000)
        done = await ended(client, job)
        assert (done["status"], done["error"]) == ("succeeded", None)
        segments = (await result(client, job))["segments"]
    assert segments[-1]["end_s"] == 24.0
    for before, after in itertools.pairwise(segments):
        assert before["end_s"] == after["start_s"]


async def test_a_database_that_does_not_answer_is_told():
    database = Database("postgresql://uas@127.0.0.1:9/none?connect_timeout=2")
    with pytest.raises(StorageDown, match="does not answer"):
        await database.start()
    await database.close()


def test_a_folder_takes_one_database_s_recordings(tmp_path):
    for database_id in ("a", "a"):
        files = AudioFiles(tmp_path / "audio")
        files.start()
        files.belong_to(database_id)
    with pytest.raises(FolderTaken, match="Name another state_folder"):
        files.belong_to("b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["audio", "audio.database"]


def start(server) -> None:
    async def once() -> None:
        async with server.services.jobs.open():
            pass

    asyncio.run(once())


def test_a_server_with_another_database_does_not_start_on_the_folder(server_of, tmp_path):
    start(server_of(state_folder=tmp_path))
    start(server_of(state_folder=tmp_path))
    (tmp_path / "jobs.sqlite").unlink()
    with pytest.raises(FolderTaken):
        start(server_of(state_folder=tmp_path))


def test_a_folder_that_cannot_be_made_names_the_setting(server_of, tmp_path):
    (tmp_path / "file").touch()
    server = server_of(state_folder=tmp_path / "file" / "state")
    with pytest.raises(StorageFull, match="Set state_folder"):
        start(server)
