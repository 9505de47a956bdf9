"""Faults that use up what the machine has: memory, disk and database connections, held and given back.

Everything is held by this process alone, the disk by a file without a name: however the process ends, the system gets
it back.
"""

from __future__ import annotations

import asyncio
import mmap
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.catalog import POOL_SIZE
from gateway.faults import Switches
from telemetry.logs import get_logger

log = get_logger("CodeAgent.API")
FOLLOW_SECONDS: Final = 1.0
BLOCK_BYTES: Final = 8 * 2**20
MOST_MEMORY: Final = 2 * 2**30
FREE_SHARE: Final = 0.05  # of the disk, which is left free
FREE_BYTES: Final = 2**30
ACQUIRE_SECONDS: Final = 0.2


class HeldResources:
    """Holds as much as the active faults require; the disk only where `fills_disk`, since instances share it."""

    def __init__(self, switches: Switches, engine: AsyncEngine, folder: Path, fills_disk: bool) -> None:
        self._switches, self._engine, self._folder = switches, engine, folder
        self._fills_disk = fills_disk
        self._blocks: list[mmap.mmap] = []
        self._usual_memory = 0
        self._file: IO[Any] | None = None
        self._connections: list[AsyncConnection] = []

    async def follow(self) -> None:
        """Take or give back what has changed since the last call."""
        self._hold_memory()
        if self._fills_disk:
            await asyncio.to_thread(self._hold_disk)
        await self._hold_connections()

    async def release(self) -> None:
        """Give everything back."""
        self._release_memory()
        if self._file is not None:
            self._file.close()
            self._file = None
        while self._connections:
            await self._connections.pop().close()

    def _hold_memory(self) -> None:
        leak = self._switches.active("memory-leak")
        if leak is None:
            self._release_memory()
            self._usual_memory = 0
            return
        self._usual_memory = self._usual_memory or resident_bytes()
        grown = self._usual_memory * max(0.0, leak["factor"] - 1) * self._switches.progress("memory-leak")
        while len(self._blocks) * BLOCK_BYTES < min(grown, MOST_MEMORY):
            # A mapping of its own, since the allocator may keep what is freed. Every page is written: memory that was
            # never touched is not resident.
            block = mmap.mmap(-1, BLOCK_BYTES)
            block.write(b"\x01" * BLOCK_BYTES)
            self._blocks.append(block)

    def _release_memory(self) -> None:
        while self._blocks:
            self._blocks.pop().close()

    def _hold_disk(self) -> None:
        filling = self._switches.active("disk-filling")
        if filling is None:
            if self._file is not None:
                self._file.close()
                self._file = None
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115  # it is held until the fault ends
        usage, held = shutil.disk_usage(self._folder), os.fstat(self._file.fileno()).st_size
        most = held + usage.free - max(FREE_BYTES, round(FREE_SHARE * usage.total))
        target = min(round(usage.total * filling["share"] * self._switches.progress("disk-filling")), most)
        if target <= held:
            return
        try:
            os.posix_fallocate(self._file.fileno(), held, target - held)
        except OSError as error:
            log.warning("The disk could not be filled: {Reason}", Reason=str(error))

    async def _hold_connections(self) -> None:
        exhausted = self._switches.active("pool-exhausted")
        target = round(POOL_SIZE * exhausted["share"]) if exhausted else 0
        while len(self._connections) > target:
            await self._connections.pop().close()
        while len(self._connections) < target:
            connection = self._engine.connect()
            try:
                async with asyncio.timeout(ACQUIRE_SECONDS):
                    await connection.start()
            except (TimeoutError, SQLAlchemyError):
                return  # all are in use; the next turn gets those that were returned
            self._connections.append(connection)


def resident_bytes() -> int:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
