"""The alert history and the notes as the incident report reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.alerting.history import History
from app.alerting.model import AlertHistory
from app.alerting.notes import Notes
from queries.alerts.records import AlertRecord, Note


@dataclass(frozen=True)
class StoredRecords:
    """Reads both from the store of the alert history."""

    history: History
    stored_notes: Notes

    def alerts(self, start: float, end: float) -> tuple[AlertRecord, ...]:
        """What happened to alerts between two instants. Raises HistoryUnavailable."""
        return tuple(
            record
            for entry in self.history.alerts(start)
            for record in _records(entry)
            if start <= record.instant <= end
        )

    def notes(self, start: float, end: float) -> tuple[Note, ...]:
        """Notes about instants between two others. Raises HistoryUnavailable."""
        return self.stored_notes.between(start, end)


def _records(entry: AlertHistory) -> Iterator[AlertRecord]:
    alert = entry.alert
    summary = alert.annotations.get("summary", "")
    for event in entry.events:
        yield AlertRecord(
            event.time,
            event.kind.value,
            alert.name,
            alert.severity,
            summary,
            event.actor,
            event.detail,
            alert.starts,
            alert.ends,
        )
