"""What the alerts page shows, asked with one deadline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pages.alerts.query import AlertsQuery
from pages.alerts.source import Course, RuleRecords
from pages.session import Session
from pages.store_call import StoreResult
from queries.alerts.history import Firing
from queries.alerts.records import RecordedAlert
from queries.alerts.types import Alert, AlertOverview, Rule, State

HISTORY_DAYS: Final = 30
COURSE_HOURS: Final = 3
CHARTED: Final = 24  # alerts with a sparkline


@dataclass(frozen=True)
class AlertsModel:
    """Alerts and rules, the selected alerts, the values of the first of them by place, the firings, what the alert
    history has about the open rule, and the alerts that somebody acknowledged.
    """

    overview: AlertOverview
    alerts: tuple[Alert, ...]
    courses: StoreResult[Mapping[int, Course]]
    firings: StoreResult[tuple[Firing, ...]]
    records: StoreResult[RuleRecords]
    acknowledged: StoreResult[tuple[RecordedAlert, ...]]


def load(query: AlertsQuery, session: Session) -> AlertsModel:
    """The model. Raises InvalidInput if no source of alerts is set up."""
    source = session.need_alerts()
    overview = source.overview()
    alerts = query.selected(overview.alerts)
    if query.rule:
        alerts = tuple(alert for alert in alerts if alert.rule == query.rule)
    firings = session.call(lambda: source.firings(HISTORY_DAYS, session.deadline, query.rule))
    courses = session.call(lambda: _courses(alerts, overview, session))
    records = session.call(lambda: source.records(query.rule, HISTORY_DAYS) if query.rule else RuleRecords())
    acknowledged = session.call(lambda: source.acknowledged(HISTORY_DAYS))
    return AlertsModel(overview, alerts, courses.result(), firings.result(), records.result(), acknowledged.result())


def _courses(alerts: tuple[Alert, ...], overview: AlertOverview, session: Session) -> Mapping[int, Course]:
    """The values of the alerts by their place in the list; pending ones have values too."""
    charted = [
        (place, rule, alert)
        for place, alert in enumerate(alerts)
        if alert.state in (State.FIRING, State.PENDING, State.ACKNOWLEDGED)
        and (rule := _rule_of(alert, overview.rules))
    ][:CHARTED]
    pairs = [(rule, alert) for _, rule, alert in charted]
    courses = session.need_alerts().courses(pairs, COURSE_HOURS, session.deadline)
    return {place: course for (place, _, _), course in zip(charted, courses, strict=True) if course is not None}


def _rule_of(alert: Alert, rules: Sequence[Rule]) -> Rule | None:
    """The rule that has this alert; of several with its name the last, if none has it. None without such a rule."""
    named = [rule for rule in rules if rule.name == alert.rule]
    owners = (rule for rule in named if any(own.labels == alert.labels for own in rule.alerts))
    return next(owners, named[-1] if named else None)
