"""Grouping: few messages for many alerts, and the notice of the end when all have ended."""

from __future__ import annotations

from dataclasses import replace

from app.alerting.escalation import Level, Policy, Stage
from app.alerting.grouping import Notification, notifications
from app.alerting.model import Alert, AlertEvent, AlertHistory, EventKind

POLICY = Policy("critical", frozenset({"critical"}), (Level(10, ("slack",)),), resolved=frozenset({"slack"}))


def alert(instance: str, environment: str = "prod", starts: float = 1000.0) -> AlertHistory:
    labels = {"alertname": "Down", "severity": "critical", "environment": environment, "instance": instance}
    return AlertHistory(Alert(f"{environment}-{instance}", instance, labels, {}, starts))


def sent(entry: AlertHistory, now: float) -> AlertHistory:
    key = f"{entry.alert.id}/level/1/slack"
    kinds = (EventKind.INTENDED, EventKind.SENT)
    return replace(entry, events=tuple(AlertEvent(entry.alert.id, kind, now, key=key, attempt=1) for kind in kinds))


def ended(entry: AlertHistory, now: float) -> AlertHistory:
    return replace(entry, alert=replace(entry.alert, ends=now))


def due(entries: list[AlertHistory], now: float) -> list[Notification]:
    return list(notifications(entries, (POLICY,), now))


def sizes(entries: list[AlertHistory], now: float) -> list[tuple[Stage, int]]:
    return [(notification.stage, len(notification.parts)) for notification in due(entries, now)]


def test_alerts_of_a_group_are_one_message_and_those_of_another_group_are_not() -> None:
    entries = [alert("a"), alert("b"), alert("c", "staging")]

    assert sizes(entries, 1010.0) == [(Stage.LEVEL, 2), (Stage.LEVEL, 1)]
    assert [notification.group for notification in due(entries, 1010.0)] == [
        "critical/alertname=Down/environment=prod",
        "critical/alertname=Down/environment=staging",
    ]


def test_who_joins_a_group_waits_until_minutes_after_its_last_message() -> None:
    entries = [sent(alert("a"), 1010.0), alert("b", starts=1020.0)]

    assert sizes(entries, 1309.0) == []
    assert sizes(entries, 1310.0) == [(Stage.LEVEL, 1)]


def test_the_end_is_told_when_all_alerts_of_the_group_have_ended() -> None:
    first, second = sent(alert("a"), 1010.0), sent(alert("b"), 1010.0)

    assert sizes([ended(first, 1100.0), second], 1100.0) == []
    assert sizes([ended(first, 1100.0), ended(second, 1200.0)], 1200.0) == [(Stage.RESOLVED, 2)]


def test_events_before_and_after_have_the_key_of_each_alert() -> None:
    (notification,) = due([alert("a"), alert("b")], 1010.0)

    intents = notification.intents(1010.0, "replica")
    outcomes = notification.outcomes(1011.0, "replica", "refused")
    assert [event.key for event in intents] == ["prod-a/level/1/slack", "prod-b/level/1/slack"]
    assert {event.kind for event in intents} == {EventKind.INTENDED}
    assert {(event.kind, event.detail) for event in outcomes} == {(EventKind.FAILED, "refused")}


def test_the_first_policy_that_applies_decides() -> None:
    other = replace(POLICY, name="other", levels=(Level(0, ("mail",)),))

    assert [item.policy for item in notifications([alert("a")], (POLICY, other), 2000.0)] == ["critical"]
