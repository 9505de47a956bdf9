"""Who created, extended and ended silences, beside the alert history: Alertmanager forgets it after some days."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Any, Final

import sqlalchemy as sql

from app.database import create_table
from queries.alerts.silence_changes import ChangeKind, SilenceChange, changes_of
from queries.alerts.types import Matcher, Silence

MOST: Final = 500  # changes of an answer, the newest
_CHANGES: Final = sql.Table(
    "silence_changes",
    sql.MetaData(),
    sql.Column("id", sql.String, primary_key=True),
    sql.Column("silence", sql.String, nullable=False, index=True),
    sql.Column("kind", sql.String, nullable=False),
    sql.Column("instant", sql.Double, nullable=False, index=True),
    sql.Column("ends_at", sql.Double, nullable=False),
    sql.Column("actor", sql.String, nullable=False),
    sql.Column("comment", sql.String, nullable=False),
    sql.Column("matchers", sql.JSON, nullable=False),
)
Transaction = Callable[[], AbstractContextManager[sql.Connection]]


class SilenceLog:
    """Changes over the transactions of the alert history. Its errors are those of the history."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, change: SilenceChange) -> None:
        """Store a change whose user is known, in place of what was observed of it. Raises HistoryUnavailable."""
        with self._transaction() as connection:
            create_table(connection, _CHANGES)
            connection.execute(sql.delete(_CHANGES).where(_CHANGES.c.id == change.id))
            connection.execute(sql.insert(_CHANGES).values(_row(change)))

    def observe(self, silences: Iterable[Silence], now: float) -> None:
        """Store what has changed since the last observation, at `now` (epoch seconds). Raises HistoryUnavailable."""
        with self._transaction() as connection:
            create_table(connection, _CHANGES)
            for silence in silences:
                known = _of(connection, _CHANGES.c.silence == silence.id)
                for change in changes_of(silence, known, now):
                    connection.execute(sql.insert(_CHANGES).values(_row(change)))

    def since(self, instant: float) -> tuple[SilenceChange, ...]:
        """Changes after `instant` (epoch seconds), the newest first. Raises HistoryUnavailable."""
        with self._transaction() as connection:
            create_table(connection, _CHANGES)
            return _of(connection, _CHANGES.c.instant >= instant)


def _of(connection: sql.Connection, chosen: sql.ColumnElement[bool]) -> tuple[SilenceChange, ...]:
    query = sql.select(_CHANGES).where(chosen).order_by(_CHANGES.c.instant.desc()).limit(MOST)
    return tuple(_change(dict(row)) for row in connection.execute(query).mappings())


def _change(row: dict[str, Any]) -> SilenceChange:
    matchers = tuple(Matcher(**matcher) for matcher in row["matchers"])
    fields = {name: row[name] for name in ("silence", "instant", "ends_at", "actor", "comment")}
    return SilenceChange(kind=ChangeKind(row["kind"]), matchers=matchers, **fields)


def _row(change: SilenceChange) -> dict[str, Any]:
    return {"id": change.id, **asdict(change), "kind": change.kind.value}
