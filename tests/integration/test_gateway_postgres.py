"""The gateway's database on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.database import RUNS, USERS, Database
from gateway.settings import Settings
from tests.require import needs
from tests.servers import Server, free_port, listens, running

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    # Not below pytest's own folder: PostgreSQL refuses to run as root, and nobody else may enter that.
    folder = Path(tempfile.mkdtemp(prefix="gateway-postgres-"))
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres")
    data, port = folder / "data", free_port()
    initdb = [*as_user, needs("initdb"), "-D", str(data), "-U", "gateway", "-A", "trust", "-E", "UTF8"]
    done = subprocess.run(initdb, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    arguments = [*as_user, needs("postgres"), "-D", str(data), "-p", str(port), "-k", str(folder), "-F"]
    try:
        with running(Server(arguments, port, lambda: listens(port), folder / "log")) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_runs_are_stored_found_and_forgotten(postgres: Server) -> None:
    address = Settings(Path(), database=f"postgresql://gateway@127.0.0.1:{postgres.port}/postgres").database_url
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
