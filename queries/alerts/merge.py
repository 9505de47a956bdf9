"""Alerts of Prometheus and of Alertmanager as one list.

Prometheus knows pending alerts and values, Alertmanager knows what is silenced and inhibited, and alerts of other
Prometheus servers. The labels of an alert in Alertmanager are those in Prometheus plus its external labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import nan

from queries.alerts.records import RecordedAlert
from queries.alerts.types import Alert, RoutedAlert, Rule, RuleAlert, State

_ORDER = list(State)


def merged(
    rules: Sequence[Rule], routed: Sequence[RoutedAlert], recorded: Sequence[RecordedAlert] = ()
) -> tuple[Alert, ...]:
    """Every alert once, with what the history has about it; the most urgent state first, then by severity and age."""
    remaining = list(routed)
    alerts: list[Alert] = []
    for rule in rules:
        for alert in rule.alerts:
            match = next((other for other in remaining if _is_same(alert.labels, other.labels)), None)
            if match is not None:
                remaining.remove(match)
            alerts.append(_of_rule(rule, alert, match))
    alerts.extend(_of_alertmanager(remaining))
    return tuple(sorted(_with_records(alerts, recorded), key=_urgency))


def _with_records(alerts: Iterable[Alert], recorded: Sequence[RecordedAlert]) -> Iterator[Alert]:
    by_rule: dict[str, list[RecordedAlert]] = {}
    for record in recorded:
        if not record.ends:
            by_rule.setdefault(record.rule, []).append(record)
    for alert in alerts:
        known = () if alert.state is State.PENDING else by_rule.get(alert.rule, ())
        own = next((record for record in known if _overlap(alert.labels, record.labels)), None)
        is_acknowledged = own is not None and own.acknowledged is not None and alert.state is State.FIRING
        yield replace(alert, record=own, state=State.ACKNOWLEDGED if is_acknowledged else alert.state)


def _overlap(labels: Mapping[str, str], others: Mapping[str, str]) -> bool:
    """Whether one set of labels is the other, which may have external labels beside."""
    return _is_same(labels, others) or _is_same(others, labels)


def _of_rule(rule: Rule, alert: RuleAlert, routed: RoutedAlert | None) -> Alert:
    if not alert.is_firing:
        return Alert(rule.name, alert.labels, alert.annotations, State.PENDING, alert.active_at, alert.value)
    return Alert(
        rule.name,
        alert.labels,
        alert.annotations,
        _state(routed) if routed else State.FIRING,
        alert.active_at,
        alert.value,
        routed.receivers if routed else (),
        routed.silenced_by if routed else (),
        routed.inhibited_by if routed else (),
    )


def _of_alertmanager(routed: Sequence[RoutedAlert]) -> Iterator[Alert]:
    for alert in routed:
        yield Alert(
            alert.labels.get("alertname", ""),
            alert.labels,
            alert.annotations,
            _state(alert),
            alert.starts_at,
            nan,
            alert.receivers,
            alert.silenced_by,
            alert.inhibited_by,
        )


def _state(routed: RoutedAlert) -> State:
    if routed.silenced_by:
        return State.SILENCED
    return State.INHIBITED if routed.inhibited_by else State.FIRING


def _is_same(labels: Mapping[str, str], routed: Mapping[str, str]) -> bool:
    return all(routed.get(name) == value for name, value in labels.items())


def _urgency(alert: Alert) -> tuple[int, int, float]:
    return _ORDER.index(alert.state), severity_rank(alert.severity), alert.since


def severity_rank(severity: str) -> int:
    """The place of a severity in the priority matrix; unknown words come after warnings."""
    ranks = {"critical": 0, "page": 0, "high": 1, "error": 1, "medium": 2, "warning": 2, "low": 4, "info": 4, "none": 5}
    return ranks.get(severity, 3)
