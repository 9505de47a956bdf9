"""A SQLite file with one table, shared by processes: each call has a connection of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def transaction(path: Path, table: str) -> Iterator[sqlite3.Connection]:
    """A transaction; `table` is the statement that creates the table where it is missing. Raises sqlite3.Error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=5.0)) as connection, connection:
        connection.execute(table)
        yield connection
