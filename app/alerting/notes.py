"""Notes about incidents, beside the alert history in its database."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

import sqlalchemy as sql

from app.database import create_table
from queries.alerts.records import Note

MOST: Final = 500  # notes of a span
_NOTES: Final = sql.Table(
    "incident_notes",
    sql.MetaData(),
    sql.Column("id", sql.String, primary_key=True),
    sql.Column("instant", sql.Double, nullable=False, index=True),
    sql.Column("author", sql.String, nullable=False),
    sql.Column("text", sql.String, nullable=False),
    sql.Column("written", sql.Double, nullable=False),
)
Transaction = Callable[[], AbstractContextManager[sql.Connection]]


class Notes:
    """Notes over the transactions of the alert history. Its errors are those of the history."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, note: Note) -> None:
        """Store a note. Raises HistoryUnavailable."""
        with self._transaction() as connection:
            create_table(connection, _NOTES)
            connection.execute(sql.insert(_NOTES).values(id=uuid.uuid4().hex, **vars(note)))

    def between(self, start: float, end: float) -> tuple[Note, ...]:
        """Notes about instants between two others, epoch seconds, oldest first. Raises HistoryUnavailable."""
        columns = (_NOTES.c.instant, _NOTES.c.author, _NOTES.c.text, _NOTES.c.written)
        chosen = sql.select(*columns).where(_NOTES.c.instant.between(start, end))
        with self._transaction() as connection:
            create_table(connection, _NOTES)
            rows = connection.execute(chosen.order_by(_NOTES.c.instant, _NOTES.c.written).limit(MOST)).mappings()
            return tuple(Note(**row) for row in rows)
