"""Tables of text by key that may be larger than memory: a temporary database on the disk."""

import sqlite3
from types import TracebackType
from typing import Self


class Lookup:
    """Values by key; the first value of a key stays. Close it, or use it as a context."""

    def __init__(self) -> None:
        self._table = sqlite3.connect("")  # a temporary database of its own
        self._table.execute("pragma synchronous = off")
        self._table.execute("create table kept (key text primary key, value text) without rowid")

    def put(self, key: str, value: str) -> bool:
        """Keep a value; returns whether the key is new."""
        added = self._table.execute("insert or ignore into kept values (?, ?)", (key, value))
        return added.rowcount == 1

    def get(self, key: str) -> str | None:
        """Value of a key, or None."""
        row = self._table.execute("select value from kept where key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def close(self) -> None:
        """Drop the table."""
        self._table.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
