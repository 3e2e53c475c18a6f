"""The database behind the jobs: SQLite in the state folder, or PostgreSQL by its URL.

SQLAlchemy is used synchronously, in threads: sqlite3 has no other way, and one transaction a window
asks for no more. Every write is one function of a connection, run in one transaction. Knows nothing
of jobs but their tables.
"""

import asyncio
import hashlib
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from uas_server.jobs.errors import SchemaTooNew, StorageDown, StorageFull
from uas_server.jobs.migrations import MIGRATIONS, VERSION
from uas_server.jobs.tables import metadata, schema_version

P = ParamSpec("P")
T = TypeVar("T")

_BUSY_MS = 10_000
_MIGRATION_LOCK = 0x756173  # any number that is ours
_FULL_SQLITE = frozenset({"SQLITE_FULL", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_CANTOPEN"})
_FULL_SQLSTATES = frozenset({"53100", "53000", "25006"})  # disk full, no resources, read-only


def sqlite_url(path: Path) -> str:
    """URL of a SQLite file."""
    return URL.create("sqlite+pysqlite", database=str(path)).render_as_string()


class Database:
    """One database; start it before use."""

    def __init__(self, url: str) -> None:
        """Connect to nothing yet. `url` is SQLAlchemy's; psycopg 3 serves plain postgresql://."""
        self._url = url.replace("postgresql://", "postgresql+psycopg://", 1)
        self._engine: Engine | None = None
        self.owner_salt = b""

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's engine. Raises `RuntimeError` before the start."""
        if self._engine is None:
            raise RuntimeError("The database is not open. Call start() first.")
        return self._engine

    @property
    def id(self) -> str:
        """A name that no other database has; it tells nothing of the salt."""
        return hashlib.sha256(b"id" + self.owner_salt).hexdigest()

    async def start(self) -> None:
        """Make or migrate the tables. Raises `JobsError`."""
        self._engine = _engine_of(self._url)
        self.owner_salt = bytes.fromhex(await self.run(_migrate))

    async def close(self) -> None:
        """Close all connections."""
        if self._engine is not None:
            await asyncio.to_thread(self._engine.dispose)

    async def run(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do something in one transaction. Raises `StorageFull`, `StorageDown`."""

        def transact() -> T:
            with _storage_errors(), self.engine.begin() as connection:
                return work(connection, *args, **kwargs)

        return await asyncio.to_thread(transact)


def _engine_of(url: str) -> Engine:
    engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    return engine


def _configure_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """WAL, so that readers and the writer go side by side; every commit is on disk."""
    connection.isolation_level = None  # sqlite3 begins too late by itself; see _begin_immediate
    for pragma in (
        f"busy_timeout={_BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock first: a read that turns into a write could not wait for it."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _migrate(connection: Connection) -> str:
    """Bring the tables to this version; gives the owners' salt."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    if not inspect(connection).has_table(schema_version.name):
        metadata.create_all(connection)
        salt = secrets.token_hex(32)
        connection.execute(insert(schema_version).values(version=VERSION, owner_salt=salt))
        return salt
    found = connection.execute(select(schema_version)).one()
    if found.version > VERSION:
        raise SchemaTooNew(
            f"The jobs database has version {found.version}, this server knows {VERSION}. "
            "Run the newer server, or name another state_folder or jobs_database."
        )
    for migrate in MIGRATIONS[found.version - 1 :]:
        migrate(connection)
    connection.execute(schema_version.update().values(version=VERSION))
    return str(found.owner_salt)


@contextmanager
def _storage_errors() -> Iterator[None]:
    """Turn what a database says into what is the matter; its text goes no further."""
    try:
        yield
    except DBAPIError as error:
        if _is_full(error.orig):
            raise StorageFull("The server cannot store any more at the moment.") from None
        if error.connection_invalidated or _is_operational(error):
            raise StorageDown("The server's database does not answer.") from None
        raise
    except SQLAlchemyError as error:
        if type(error).__name__ == "TimeoutError":  # no free connection in the pool
            raise StorageDown("The server's database is too busy.") from None
        raise


def _is_operational(error: DBAPIError) -> bool:
    return type(error).__name__ in {"OperationalError", "InterfaceError"}


def _is_full(error: Any) -> bool:
    name = getattr(error, "sqlite_errorname", "") or ""
    if any(name.startswith(full) for full in _FULL_SQLITE):
        return True
    return getattr(error, "sqlstate", None) in _FULL_SQLSTATES
