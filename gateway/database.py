"""The gateway's database: users, workflow runs, files and usage, through SQLAlchemy's asynchronous pool."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from gateway.catalog import POOL_SIZE, SESSIONS

SIZE = 6  # connections kept open; the rest up to POOL_SIZE come and go
HISTORY = 6 * 3600  # seconds of runs and usage kept

METADATA = sa.MetaData()
USERS = sa.Table(
    "users",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("api_key", sa.String(64), unique=True),
    sa.Column("name", sa.String(64)),
    sa.Column("plan", sa.String(16)),
    sa.Column("monthly_tokens", sa.Integer),
)
RUNS = sa.Table(
    "runs",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("workflow", sa.String(64)),
    sa.Column("user_id", sa.String(32)),
    sa.Column("status", sa.String(16)),
    sa.Column("steps", sa.JSON),
    sa.Column("created", sa.Float, index=True),
    sa.Column("milliseconds", sa.Float),
)
FILES = sa.Table(
    "files",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(255)),
    sa.Column("user_id", sa.String(32)),
    sa.Column("bytes", sa.Integer),
    sa.Column("created", sa.Float, index=True),
)
USAGE = sa.Table(
    "usage",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("user_id", sa.String(32)),
    sa.Column("model", sa.String(64)),
    sa.Column("prompt", sa.Integer),
    sa.Column("completion", sa.Integer),
    sa.Column("created", sa.Float, index=True),
)

Timed = Callable[[str, float], None]


class Database:
    """Queries by operation; each is timed (milliseconds) and told to `timed`. `delay` adds seconds, for faults."""

    def __init__(self, url: str, timed: Timed, delay: Callable[[], float] = lambda: 0.0) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url, poolclass=AsyncAdaptedQueuePool, pool_size=SIZE, max_overflow=POOL_SIZE - SIZE, pool_timeout=10
        )
        self._timed, self._delay = timed, delay
        self._sqlite = self.engine.dialect.name == "sqlite"
        # SQLite has one writer at a time, and those who wait for it poll: here they queue instead.
        self._writing: AbstractAsyncContextManager[Any] = asyncio.Lock() if self._sqlite else nullcontext()
        if self._sqlite:
            sa.event.listen(self.engine.sync_engine, "connect", _tune_sqlite)

    async def prepare(self) -> None:
        """Create tables and users where they are missing."""
        async with self.engine.begin() as connection:
            if self._sqlite:  # readers must not wait for the writer; the file remembers it
                await connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            await connection.run_sync(METADATA.create_all)
            if not await connection.scalar(sa.select(sa.func.count()).select_from(USERS)):
                await connection.execute(sa.insert(USERS), [_user(number) for number in range(SESSIONS)])

    async def first(self, operation: str, query: sa.Select[Any]) -> dict[str, Any] | None:
        """The first row, or None."""
        async with self._measured(operation, nullcontext()) as connection:
            row = (await connection.execute(query)).mappings().first()
            # SQLAlchemy names columns by a subclass of str, which a JSON encoder may refuse.
            return {str(key): value for key, value in row.items()} if row is not None else None

    async def write(self, operation: str, statement: sa.Executable) -> None:
        """Run one statement in its own transaction."""
        async with self._measured(operation, self._writing) as connection:
            await connection.execute(statement)

    async def prune(self, now: float) -> None:
        """Forget runs and usage older than the history kept."""
        async with self._writing, self.engine.begin() as connection:
            for table in (RUNS, USAGE):
                await connection.execute(sa.delete(table).where(table.c.created < now - HISTORY))

    def connections(self) -> tuple[int, int]:
        """Active and idle connections of the pool."""
        pool = self.engine.pool
        assert isinstance(pool, AsyncAdaptedQueuePool)
        return pool.checkedout(), pool.checkedin()

    @asynccontextmanager
    async def _measured(self, operation: str, turn: AbstractAsyncContextManager[Any]) -> AsyncIterator[AsyncConnection]:
        started = time.perf_counter()
        try:
            async with turn, self.engine.begin() as connection:
                if delay := self._delay():
                    await asyncio.sleep(delay)
                yield connection
        finally:
            self._timed(operation, (time.perf_counter() - started) * 1000)


def api_key(user_id: str) -> str:
    """The key of a made-up user."""
    return f"ca-key-{user_id}"


def user_id(number: int) -> str:
    """The id of the n-th made-up user."""
    return f"user-{number:04d}"


def _user(number: int) -> dict[str, Any]:
    name = user_id(number)
    plan = ("free", "team", "enterprise")[number % 3]
    return {"id": name, "api_key": api_key(name), "name": f"User {number}", "plan": plan, "monthly_tokens": 10**6}


def _tune_sqlite(connection: Any, _: Any) -> None:
    """No query waits for the disk: what a sample loses in a power cut is no loss."""
    cursor = connection.cursor()
    for pragma in ("busy_timeout=5000", "synchronous=OFF"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
