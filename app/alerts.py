"""Firing alerts, read in the background and shared by everybody; no viewer waits long for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Final, Protocol

from app.links import internal_link
from pages.alerts.query import NO_PROBLEM
from panels.spec import Status
from panels.visible import visible_name
from queries.alerts.types import headline_of
from queries.core.background_value import BackgroundValue
from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.metrics.alerts import FiringAlert

KEEP_SECONDS: Final = 5.0  # shorter than the shortest refresh, long enough for a thousand viewers to share
TIMEOUT_SECONDS: Final = 2.0
FIRST_WAIT_SECONDS: Final = 0.5  # while nothing is known yet
WAIT_SECONDS: Final = 0.05  # while an earlier answer can be shown, with its age
SEVERITIES: Final = {
    "critical": Status.CRITICAL,
    "page": Status.CRITICAL,
    "error": Status.SERIOUS,
    "high": Status.SERIOUS,
}


class AlertSource(Protocol):
    """Prometheus, or an Alertmanager, which also knows what is silenced."""

    @property
    def name(self) -> str:
        """How it is called in messages."""
        ...

    def alerts(self, deadline: Deadline) -> tuple[FiringAlert, ...]:
        """Alerts that fire now. Raises QueryError."""
        ...


@dataclass(frozen=True)
class Alert:
    """One firing alert. Times are epoch seconds; its text is that of `as_of`; `href` is a page of the app.

    `subject` is what it is about and `where` the worst place, both empty if the rule does not tell; `traces` is the
    page with the traces that show it.
    """

    name: str
    status: Status
    text: str
    since: float
    as_of: float
    href: str
    subject: str = ""
    where: str = ""
    traces: str = ""


@dataclass(frozen=True)
class AlertState:
    """The alerts as they were read last, at `as_of` (epoch seconds; 0: never).

    `error` says why they cannot be read now, and since when; it is empty while all is well.
    """

    source: str
    alerts: tuple[Alert, ...] = ()
    as_of: float = 0.0
    error: str = ""
    failing_since: float = 0.0

    @property
    def is_current(self) -> bool:
        """Whether they are those of now."""
        return self.as_of > 0 and not self.error


@dataclass
class AlertReader:
    """Asks for alerts at most once every KEEP_SECONDS, in a thread of its own."""

    source: AlertSource
    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    boards: Callable[[], Collection[str]] = tuple  # ids of boards that an alert may lead to

    def __post_init__(self) -> None:
        self._state = BackgroundValue("alerts", self._read, lambda _state: KEEP_SECONDS, self.monotonic)

    def state(self) -> AlertState:
        """What is known; waits a moment for a newer answer, and never raises."""
        return self._state.get(FIRST_WAIT_SECONDS, WAIT_SECONDS) or AlertState(self.source.name)

    def _read(self, known: AlertState | None) -> AlertState:
        try:
            alerts = self.source.alerts(Deadline.after(TIMEOUT_SECONDS))
        except QueryError as error:
            known = known or AlertState(self.source.name)
            return replace(known, error=error.sentence, failing_since=known.failing_since or self.clock())
        return AlertState(self.source.name, _problems(alerts, self.boards()), self.clock())


def _problems(alerts: tuple[FiringAlert, ...], boards: Collection[str]) -> tuple[Alert, ...]:
    return tuple(alert_of(firing, boards) for firing in alerts if firing.labels.get("severity") != NO_PROBLEM)


def alert_of(firing: FiringAlert, boards: Collection[str] = ()) -> Alert:
    """An alert for the status line."""
    name = firing.labels.get("alertname", "unnamed alert")
    status = SEVERITIES.get(firing.labels.get("severity", ""), Status.WARNING)
    notes = firing.annotations
    return Alert(
        name,
        status,
        visible_name(headline_of(notes, name)),
        firing.since,
        firing.as_of,
        internal_link(notes.get("dashboard", ""), "/overview", boards),
        subject=visible_name(notes.get("subject", "")),
        where=visible_name(notes.get("where", "")),
        traces=internal_link(notes.get("traces", ""), ""),
    )
