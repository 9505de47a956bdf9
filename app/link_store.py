"""Links that were given away, in a SQLite file: to list them, and to revoke one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.sqlite_file import transaction

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
        with transaction(self.path, _TABLE) as connection:
            connection.execute(
                "INSERT INTO links VALUES (?, ?, ?, ?, ?, ?)",
                (link.id, link.path, link.created, link.expires, link.actor, link.revoked),
            )

    def all(self) -> tuple[StoredLink, ...]:
        """Every link, the newest first."""
        with transaction(self.path, _TABLE) as connection:
            rows = connection.execute("SELECT * FROM links ORDER BY created DESC").fetchall()
        return tuple(StoredLink(*row) for row in rows)

    def revoke(self, link_id: str, now: float) -> bool:
        """Whether there is such a link; from now on it is refused."""
        with transaction(self.path, _TABLE) as connection:
            done = connection.execute("UPDATE links SET revoked = ? WHERE id = ?", (now, link_id))
            return done.rowcount > 0

    def is_revoked(self, link_id: str) -> bool:
        """Whether a link has been revoked."""
        with transaction(self.path, _TABLE) as connection:
            query = "SELECT 1 FROM links WHERE id = ? AND revoked > 0"
            return connection.execute(query, (link_id,)).fetchone() is not None
