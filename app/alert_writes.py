"""What follows a user's change of a silence or an acknowledgement: it is recorded, and pages show it at once."""

from __future__ import annotations

from dataclasses import dataclass

from app.alert_records import AlertRecords
from app.alert_service import AlertService
from app.response_cache import ResponseCache
from queries.alerts.silence_changes import SilenceChange


@dataclass(frozen=True)
class AlertWrites:
    """`bodies` has the rendered pages; `records` is None without an alert history."""

    alerts: AlertService
    bodies: ResponseCache
    records: AlertRecords | None

    def show(self) -> None:
        """Read again what has changed, and render the alerts page anew for the next viewer."""
        self.alerts.read_again()
        self.bodies.forget("explore:/alerts")

    def silence_changed(self, change: SilenceChange) -> None:
        """Record a change of a silence, then show it. Raises HistoryUnavailable."""
        try:
            if self.records is not None:
                self.records.silence_log.add(change)
        finally:
            self.show()
