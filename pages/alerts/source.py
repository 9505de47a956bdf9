"""What the alerts page asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from queries.alerts.history import Firing
from queries.alerts.records import RecordedAlert
from queries.alerts.silence_changes import SilenceChange
from queries.alerts.types import Alert, AlertOverview, Rule
from queries.core.deadline import Deadline
from queries.metrics.frame import Floats, Times


@dataclass(frozen=True)
class Course:
    """The value of an alert over time: `times` and `values` (n,), and the limit that it is compared with."""

    times: Times
    values: Floats
    limit: float
    operator: str


@dataclass(frozen=True)
class RuleRecords:
    """Alerts of a rule in the alert history, and changes of silences, the newest first.

    `has_history` is false where the app stores none: then the changes are those that Alertmanager still knows.
    """

    alerts: tuple[RecordedAlert, ...] = ()
    silences: tuple[SilenceChange, ...] = ()
    has_history: bool = False


class AlertSource(Protocol):
    """Alerts, rules and silences; shared by all viewers."""

    def overview(self) -> AlertOverview:
        """What is known now; waits a moment for a newer answer, and never raises."""
        ...

    def firings(self, days: int, deadline: Deadline, rule: str = "") -> tuple[Firing, ...]:
        """The firings of the last days, of all rules or of one, the newest first. Raises QueryError."""
        ...

    def records(self, rule: str, days: int) -> RuleRecords:
        """What the alert history has about a rule in the last days. Raises QueryError."""
        ...

    def acknowledged(self, days: int) -> tuple[RecordedAlert, ...]:
        """The alerts that somebody acknowledged in the last days. Raises QueryError."""
        ...

    def courses(
        self, alerts: Sequence[tuple[Rule, Alert]], hours: float, deadline: Deadline
    ) -> tuple[Course | None, ...]:
        """The values of alerts over the last hours, None where the rule compares with no number. Raises QueryError."""
        ...
