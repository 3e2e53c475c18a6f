"""How the tables of an earlier version become those of this one.

A fresh database is made from `tables` at once. A change of the tables adds one function here, which
does the same to an existing database; they run in order, all in one transaction with the new
version number. The first version has none.
"""

from collections.abc import Callable

from sqlalchemy import Connection

MIGRATIONS: tuple[Callable[[Connection], None], ...] = ()
"""From version 1 to 2, from 2 to 3, and so on."""

VERSION = 1 + len(MIGRATIONS)
