"""Uploaded files: bytes on disk under names that we choose, what is known of them in the database."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gateway.database import FILES, Database
from gateway.settings import Settings


class Uploads:
    """A bounded store: beyond `max_files` the oldest go."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings, self._database = settings, database
        self._known: list[str] = []

    async def keep(self, name: str, user_id: str, content: bytes) -> dict[str, Any]:
        """Store a file; its row."""
        row = {
            "id": f"file-{uuid.uuid4().hex[:16]}",
            "name": name[:255],
            "user_id": user_id,
            "bytes": len(content),
            "created": time.time(),
        }
        await asyncio.to_thread(self._path(row["id"]).write_bytes, content)
        await self._database.write("insert_file", sa.insert(FILES).values(row))
        await self._forget_oldest(str(row["id"]))
        return row

    async def find(self, file_id: str) -> tuple[dict[str, Any], bytes] | None:
        """A file's row and content, or None."""
        row = await self._database.first("select_file", sa.select(FILES).where(FILES.c.id == file_id))
        if row is None:
            return None
        try:
            return row, await asyncio.to_thread(self._path(row["id"]).read_bytes)
        except FileNotFoundError:
            return None

    async def _forget_oldest(self, newest: str) -> None:
        if not self._known:
            self._known = await asyncio.to_thread(self._by_age)
        self._known.append(newest)
        while len(self._known) > self._settings.max_files:
            oldest = self._known.pop(0)
            with contextlib.suppress(FileNotFoundError):
                await asyncio.to_thread(self._path(oldest).unlink)
            await self._database.write("delete_file", sa.delete(FILES).where(FILES.c.id == oldest))

    def _by_age(self) -> list[str]:
        """Files of an earlier life, oldest first."""
        return [p.name for p in sorted(self._settings.upload_dir.iterdir(), key=lambda p: p.stat().st_mtime)]

    def _path(self, file_id: Any) -> Path:
        return self._settings.upload_dir / str(file_id)
