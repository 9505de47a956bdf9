"""What the incident report asks the alert history: alerts with their events, and notes."""

from __future__ import annotations

from typing import Protocol

from queries.alerts.records import AlertRecord, Note


class IncidentRecords(Protocol):
    """The alert history and the notes."""

    def alerts(self, start: float, end: float) -> tuple[AlertRecord, ...]:
        """What happened to alerts between two instants, epoch seconds. Raises QueryError."""
        ...

    def notes(self, start: float, end: float) -> tuple[Note, ...]:
        """Notes about instants between two others. Raises QueryError."""
        ...
