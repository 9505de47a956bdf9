"""Marks of deployments and other events: appended to a SQLite file, read by every chart."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.sqlite_file import transaction
from panels.spec import Mark
from queries.core.ttl_cache import TTLCache

log = logging.getLogger(__name__)
KEPT_SECONDS: Final = 5.0
MOST_RANGES: Final = 64
MOST: Final = 200  # marks of a range, the newest
_TABLE: Final = "CREATE TABLE IF NOT EXISTS marks (instant REAL NOT NULL, title TEXT NOT NULL, link TEXT NOT NULL)"


@dataclass(frozen=True)
class MarkStore:
    """Marks in a file; several processes may share it. Safe for threads: each call has its own connection."""

    path: Path

    def add(self, mark: Mark) -> None:
        """Append a mark; it is on disk when this returns. Raises sqlite3.Error."""
        with transaction(self.path, _TABLE) as connection:
            connection.execute("INSERT INTO marks VALUES (?, ?, ?)", (mark.instant, mark.title, mark.link))

    def between(self, start: float, end: float) -> tuple[Mark, ...]:
        """Marks from `start` to `end` (epoch seconds, both included), oldest first. Raises sqlite3.Error."""
        query = "SELECT instant, title, link FROM marks WHERE instant BETWEEN ? AND ? ORDER BY instant DESC LIMIT ?"
        with transaction(self.path, _TABLE) as connection:
            rows = connection.execute(query, (start, end, MOST)).fetchall()
        return tuple(Mark(*row) for row in reversed(rows))


@dataclass(frozen=True)
class ChartMarks:
    """The marks of a range, read once for all panels of a board; none where they cannot be read."""

    store: MarkStore
    _ranges: TTLCache[tuple[float, float], tuple[Mark, ...]] = field(default_factory=lambda: TTLCache(MOST_RANGES))

    def __call__(self, start: float, end: float) -> tuple[Mark, ...]:
        """Marks between two instants in epoch seconds, oldest first. Does not raise."""
        known = self._ranges.get((start, end))
        if known is None:
            try:
                known = self.store.between(start, end)
            except (sqlite3.Error, OSError) as error:
                log.warning("marks_unreadable", extra={"reason": str(error)})
                known = ()
            self._ranges.put((start, end), known, KEPT_SECONDS)
        return known
