"""Links that were given away: to list them, and to revoke one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sql

from app.database import create_table, engine_of
from app.settings import Settings

MOST: Final = 500  # links of a list
_LINKS: Final = sql.Table(
    "links",
    sql.MetaData(),
    sql.Column("id", sql.String, primary_key=True),
    sql.Column("path", sql.String, nullable=False),
    sql.Column("created", sql.Double, nullable=False),
    sql.Column("expires", sql.Double, nullable=False),
    sql.Column("actor", sql.String, nullable=False),
    sql.Column("revoked", sql.Double, nullable=False),
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


class LinkStore:
    """Links in a database that processes and replicas share. Each call is a transaction; raises SQLAlchemyError."""

    def __init__(self, address: str) -> None:
        """`address` is an SQLAlchemy URL."""
        self._engine = engine_of(address)
        database = self._engine.url.database if self._engine.dialect.name == "sqlite" else None
        self._file = Path(database) if database else None

    def add(self, link: StoredLink) -> None:
        """Append a link; it is on disk when this returns."""
        with self._transaction() as connection:
            connection.execute(sql.insert(_LINKS).values(vars(link)))

    def all(self) -> tuple[StoredLink, ...]:
        """The links, the newest first."""
        query = sql.select(_LINKS).order_by(_LINKS.c.created.desc()).limit(MOST)
        with self._transaction() as connection:
            return tuple(StoredLink(**row) for row in connection.execute(query).mappings())

    def revoke(self, link_id: str, now: float) -> bool:
        """Whether there is such a link; from now on it is refused."""
        with self._transaction() as connection:
            update = sql.update(_LINKS).where(_LINKS.c.id == link_id).values(revoked=now)
            return connection.execute(update).rowcount > 0

    def is_revoked(self, link_id: str) -> bool:
        """Whether a link has been revoked."""
        query = sql.select(_LINKS.c.id).where(_LINKS.c.id == link_id, _LINKS.c.revoked > 0)
        with self._transaction() as connection:
            return connection.execute(query).first() is not None

    def close(self) -> None:
        """Close its connections."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[sql.Connection]:
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._engine.begin() as connection:
            create_table(connection, _LINKS)
            yield connection


def link_store(settings: Settings) -> LinkStore | None:
    """The store of the settings: a file for links, else the database of the alert history; None without both."""
    if settings.links_file is not None:
        return LinkStore(f"sqlite:///{settings.links_file}")
    return LinkStore(settings.alert_store_url) if settings.alert_store_url else None
