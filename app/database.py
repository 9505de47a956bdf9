"""Connections to the databases that this app writes: files of SQLite, and PostgreSQL."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import sqlalchemy as sql
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateTable

BUSY_SECONDS: Final = 5.0  # how long a transaction waits for that of another process
CONNECT_SECONDS: Final = 5  # whole seconds, as libpq takes them


def engine_of(address: str) -> sql.Engine:
    """The engine of an SQLAlchemy URL; each transaction is on disk when it ends. Raises ArgumentError, ImportError."""
    url = sql.make_url(address)
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "sqlite":
        return sql.create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_SECONDS})
    # A new connection for each transaction: an open one would go on writing into a file that was deleted.
    engine = sql.create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def durable(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, before the first read
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: sql.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def create_table(connection: sql.Connection, table: sql.Table) -> None:
    """Create a table where it is missing, in a transaction that goes on.

    PostgreSQL refuses one of two processes that do so at once, IF NOT EXISTS or not; then there is a table, too.
    """
    with suppress(IntegrityError, ProgrammingError), connection.begin_nested():
        connection.execute(CreateTable(table, if_not_exists=True))
