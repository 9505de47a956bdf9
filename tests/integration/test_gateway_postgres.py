"""The gateway's database on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.database import RUNS, USERS, Database
from gateway.settings import Settings
from tests.postgres_kit import address_of, postgres
from tests.servers import Server

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres() as instance:
        yield instance


def test_runs_are_stored_found_and_forgotten(server: Server) -> None:
    address = Settings(Path(), database=address_of(server)).database_url
    timed: list[str] = []

    async def use() -> None:
        database = Database(address, lambda operation, _: timed.append(operation))
        for _ in range(2):  # a second start finds what the first one made
            await database.prepare()
        user = await database.first("select_user", sa.select(USERS).where(USERS.c.id == "user-0001"))
        assert user is not None
        assert user["plan"] == "team"
        values = {"id": "run-1", "steps": [{"name": "Plan"}], "created": time.time()}
        await database.write("insert_run", sa.insert(RUNS).values(values))
        run = await database.first("select_run", sa.select(RUNS).where(RUNS.c.id == "run-1"))
        assert run is not None
        assert run["steps"] == [{"name": "Plan"}]
        assert sum(database.connections()) >= 1
        await database.prune(time.time() + 10**6)
        assert await database.first("select_run", sa.select(RUNS).where(RUNS.c.id == "run-1")) is None
        await database.engine.dispose()

    asyncio.run(use())
    assert timed == ["select_user", "insert_run", "select_run", "select_run"]
