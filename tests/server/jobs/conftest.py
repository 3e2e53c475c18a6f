"""Databases for the tests of jobs: SQLite always, PostgreSQL where its programs are."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import create_engine

from uas_server.jobs.database import Database, sqlite_url
from uas_server.jobs.tables import metadata

_DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def _program(name: str) -> str | None:
    return shutil.which(name) or next(
        (str(folder / name) for folder in reversed(_DEBIAN) if (folder / name).exists()), None
    )


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A fresh PostgreSQL cluster behind a socket in a folder of its own."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("PostgreSQL's initdb and pg_ctl are not here; see CONTRIBUTING.md")
    as_user = []
    with tempfile.TemporaryDirectory(prefix="uas-pg-") as name:  # a socket's path must be short
        folder = Path(name)
        if os.geteuid() == 0:  # PostgreSQL does not run as root
            as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
            shutil.chown(folder, "nobody")
        data = folder / "data"
        _run(*as_user, initdb, "-D", str(data), "-U", "uas", "-A", "trust", "-N", "-E", "UTF8")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        started = ("-o", options, "-l", str(folder / "log"), "-w", "start")
        _run(*as_user, pg_ctl, "-D", str(data), *started)
        try:
            yield f"postgresql://uas@/postgres?host={folder}"
        finally:
            _run(*as_user, pg_ctl, "-D", str(data), "-m", "immediate", "stop")


def _run(*words: str) -> None:
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "jobs.sqlite")
    url: str = request.getfixturevalue("postgresql_url")
    engine = create_engine(url.replace("postgresql", "postgresql+psycopg", 1))
    with engine.begin() as connection:
        metadata.drop_all(connection)
    engine.dispose()
    return url


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty database, open."""
    opened = Database(database_url)
    await opened.start()
    yield opened
    await opened.close()
