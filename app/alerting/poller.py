"""What Alertmanager and Prometheus report now, for the history: silenced alerts too, which the webhook misses."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final, Protocol

from app.alerting.history import History
from app.alerting.model import Observation, Source
from app.alerting.silence_log import SilenceLog
from queries.alerts.types import RoutedAlert, Silence
from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.metrics.alerts import FiringAlert

TIMEOUT_SECONDS: Final = 3.0
# Prometheus sends its alerts again every minute: an Alertmanager that was restarted has them again by then.
ABSENT_SECONDS: Final = 180.0
LOOK_BACK_LIMIT: Final = 5_000

log = logging.getLogger(__name__)


class RuleAlerts(Protocol):
    """A Prometheus."""

    def alerts(self, deadline: Deadline) -> tuple[FiringAlert, ...]:
        """Alerts that its own rules fire. Raises QueryError."""
        ...


class RoutedAlerts(Protocol):
    """An Alertmanager."""

    def routed_alerts(self, deadline: Deadline) -> tuple[RoutedAlert, ...]:
        """All alerts, silenced and inhibited ones too. Raises QueryError."""
        ...

    def silences(self, deadline: Deadline) -> tuple[Silence, ...]:
        """All silences, expired ones too. Raises QueryError."""
        ...


class Poller:
    """Reads both sources; used by one thread. `alertmanager` is None where none is configured."""

    def __init__(self, history: History, prometheus: RuleAlerts, alertmanager: RoutedAlerts | None) -> None:
        self._history, self._prometheus, self._alertmanager = history, prometheus, alertmanager
        self._absent: dict[str, float] = {}  # since when nobody reports an alert that fires in the history
        self._silences_read = 0.0
        self._silence_log = SilenceLog(history.transaction)
        self._silences: dict[str, Silence] = {}  # as they were observed last

    def poll(self, now: float) -> None:
        """Record what fires at `now` (epoch seconds), and end what has been absent for some minutes.

        A source that does not answer changes nothing. Raises HistoryUnavailable.
        """
        rules = self._from_prometheus(now)
        routed = self._from_alertmanager(now)
        self._observe_silences(now)
        reported = self._history.record([*(routed or ()), *(rules or ())])
        if rules is None or routed is None:
            self._absent = {}
            return
        self._end_absent({alert.id for alert in reported}, now)

    def knows_silences(self, now: float, seconds: float) -> bool:
        """Whether Alertmanager has answered within so many seconds; without one nothing is silenced."""
        return self._alertmanager is None or now - self._silences_read <= seconds

    def _from_prometheus(self, now: float) -> list[Observation] | None:
        try:
            alerts = self._prometheus.alerts(Deadline.after(TIMEOUT_SECONDS))
        except QueryError as error:
            log.info("Alerts were not read: %s", error.sentence)
            return None
        return [Observation(Source.PROMETHEUS, row.labels, row.annotations, row.since, now) for row in alerts]

    def _from_alertmanager(self, now: float) -> list[Observation] | None:
        if self._alertmanager is None:
            return []
        try:
            alerts = self._alertmanager.routed_alerts(Deadline.after(TIMEOUT_SECONDS))
        except QueryError as error:
            log.info("Alerts were not read: %s", error.sentence)
            return None
        self._silences_read = now
        return list(_observations(alerts, now))

    def _observe_silences(self, now: float) -> None:
        if self._alertmanager is None:
            return
        try:
            silences = self._alertmanager.silences(Deadline.after(TIMEOUT_SECONDS))
        except QueryError as error:
            log.info("Silences were not read: %s", error.sentence)
            return
        changed = [silence for silence in silences if self._silences.get(silence.id) != silence]
        if changed:
            self._silence_log.observe(changed, now)
        self._silences = {silence.id: silence for silence in silences}

    def _end_absent(self, reported: set[str], now: float) -> None:
        firing = [entry.alert for entry in self._history.alerts(now + 1, LOOK_BACK_LIMIT) if entry.alert.is_firing]
        absent = {alert.id for alert in firing if alert.id not in reported}
        self._absent = {id_: self._absent.get(id_, now) for id_ in absent}
        overdue = {id_: since for id_, since in self._absent.items() if now - since >= ABSENT_SECONDS}
        for id_, since in overdue.items():
            self._history.resolve(id_, since, "Neither Prometheus nor Alertmanager reports it any more.")


def _observations(alerts: Iterable[RoutedAlert], now: float) -> Iterable[Observation]:
    for row in alerts:
        silenced = bool(row.silenced_by or row.inhibited_by)
        yield Observation(Source.ALERTMANAGER, row.labels, row.annotations, row.starts_at, now, silenced=silenced)
