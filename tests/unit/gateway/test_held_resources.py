"""Memory, disk and database connections are held while a fault is on, and returned at its end."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from gateway.catalog import POOL_SIZE
from gateway.database import Database
from gateway.faults import Switches
from gateway.held_resources import HeldResources, resident_bytes


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_connections_are_held_and_returned(tmp_path: Path) -> None:
    async def run() -> None:
        switches = Switches()
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'db'}", lambda *_: None)
        held = HeldResources(switches, database.engine, tmp_path, fills_disk=False)
        switches.switch_on("pool-exhausted", 60, {"share": 0.5})
        await held.follow()
        assert database.connections()[0] == POOL_SIZE / 2
        switches.switch_off("pool-exhausted")
        await held.follow()
        assert database.connections()[0] == 0
        await database.engine.dispose()

    asyncio.run(run())


def test_memory_grows_until_the_end_and_falls_after_it(tmp_path: Path) -> None:
    async def run() -> None:
        clock = Clock()
        switches = Switches(clock)
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'db'}", lambda *_: None)
        held = HeldResources(switches, database.engine, tmp_path, fills_disk=False)
        usual = resident_bytes()
        switches.switch_on("memory-leak", 100, {"factor": 2})
        clock.now += 90
        await held.follow()
        assert resident_bytes() > 1.7 * usual
        clock.now += 10
        await held.follow()
        assert resident_bytes() < 1.3 * usual
        await database.engine.dispose()

    asyncio.run(run())


@pytest.mark.parametrize("fills_disk", [True, False])
def test_one_instance_fills_the_disk_with_a_file_without_a_name(tmp_path: Path, fills_disk: bool) -> None:
    async def run() -> None:
        clock = Clock()
        switches = Switches(clock)
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'db'}", lambda *_: None)
        held = HeldResources(switches, database.engine, tmp_path, fills_disk)
        usage = shutil.disk_usage(tmp_path)
        switches.switch_on("disk-filling", 100, {"share": 0.002})
        clock.now += 99
        await held.follow()
        filled = usage.free - shutil.disk_usage(tmp_path).free
        assert (filled > 0.001 * usage.total) == fills_disk
        assert list(tmp_path.iterdir()) == []
        await held.release()
        await database.engine.dispose()

    asyncio.run(run())
