"""Links that were given away, in a SQLite file: to list them, and to revoke one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS links (id TEXT PRIMARY KEY, path TEXT NOT NULL, created REAL NOT NULL, "
    "expires REAL NOT NULL, actor TEXT NOT NULL, revoked REAL NOT NULL DEFAULT 0)"
)


@dataclass(frozen=True)
class StoredLink:
    """A link that was given away; times are epoch seconds, `expires` 0 for never and `revoked` 0 for not revoked."""

    id: str
    path: str
    created: float
    expires: float
    actor: str
    revoked: float = 0.0


@dataclass(frozen=True)
class LinkStore:
    """Links in a file; several processes may share it. Each call has its own connection and may raise sqlite3.Error."""

    path: Path

    def add(self, link: StoredLink) -> None:
        """Append a link; it is on disk when this returns."""
        with self._connection() as connection:
            connection.execute(
                "INSERT INTO links VALUES (?, ?, ?, ?, ?, ?)",
                (link.id, link.path, link.created, link.expires, link.actor, link.revoked),
            )

    def all(self) -> tuple[StoredLink, ...]:
        """Every link, the newest first."""
        with self._connection() as connection:
            rows = connection.execute("SELECT * FROM links ORDER BY created DESC").fetchall()
        return tuple(StoredLink(*row) for row in rows)

    def revoke(self, link_id: str, now: float) -> bool:
        """Whether there is such a link; from now on it is refused."""
        with self._connection() as connection:
            done = connection.execute("UPDATE links SET revoked = ? WHERE id = ?", (now, link_id))
            return done.rowcount > 0

    def is_revoked(self, link_id: str) -> bool:
        """Whether a link has been revoked."""
        with self._connection() as connection:
            query = "SELECT 1 FROM links WHERE id = ? AND revoked > 0"
            return connection.execute(query, (link_id,)).fetchone() is not None

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=5.0)) as connection, connection:
            connection.execute(_TABLE)
            yield connection
