"""Alerts of Prometheus and Alertmanager become one list, each alert once, in its state."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan

from queries.alerts.merge import merged
from queries.alerts.records import Acknowledgement, RecordedAlert
from queries.alerts.types import RoutedAlert, Rule, RuleAlert, State

NOW = 1_700_000_000.0


def rule(*alerts: RuleAlert) -> Rule:
    return Rule("HighErrorRate", "api", "x > 5", 300, {}, {}, "ok", "", NOW, alerts)


def evaluated(is_firing: bool = True, since: float = NOW - 60, **labels: str) -> RuleAlert:
    return RuleAlert({"alertname": "HighErrorRate", **labels}, {}, is_firing, since, 0.11)


def routed(labels: Mapping[str, str], **state: tuple[str, ...]) -> RoutedAlert:
    return RoutedAlert({"alertname": "HighErrorRate", **labels}, {}, NOW - 30, **state)


def test_an_alert_that_both_know_is_listed_once_with_the_value_of_the_rule() -> None:
    (alert,) = merged([rule(evaluated(environment="production"))], [routed({"environment": "production"})])

    assert (alert.state, alert.value, alert.since) == (State.FIRING, 0.11, NOW - 60)


def test_external_labels_do_not_make_it_another_alert() -> None:
    known = [routed({"environment": "production", "cluster": "eu"}, silenced_by=("s1",))]

    (alert,) = merged([rule(evaluated(environment="production"))], known)

    assert (alert.state, alert.silenced_by) == (State.SILENCED, ("s1",))


def test_a_pending_alert_is_not_mistaken_for_the_firing_one_of_other_labels() -> None:
    alerts = merged(
        [rule(evaluated(False, environment="staging"), evaluated(environment="production"))],
        [routed({"environment": "production"})],
    )

    assert [(alert.labels["environment"], alert.state) for alert in alerts] == [
        ("production", State.FIRING),
        ("staging", State.PENDING),
    ]


def test_an_inhibited_alert_comes_last() -> None:
    alerts = merged([], [routed({"a": "1"}, inhibited_by=("f",)), routed({"a": "2"})])

    assert [alert.state for alert in alerts] == [State.FIRING, State.INHIBITED]


def test_an_alert_of_another_prometheus_has_no_value() -> None:
    (alert,) = merged([], [routed({"environment": "production"})])

    assert isnan(alert.value)


def test_within_a_state_the_more_severe_and_then_the_older_comes_first() -> None:
    alerts = merged(
        [
            rule(
                evaluated(severity="warning", since=NOW - 900),
                evaluated(severity="critical", since=NOW - 60),
                evaluated(severity="critical", since=NOW - 600, environment="b"),
            )
        ],
        [],
    )

    assert [(alert.severity, NOW - alert.since) for alert in alerts] == [
        ("critical", 600),
        ("critical", 60),
        ("warning", 900),
    ]


def test_an_acknowledged_alert_has_its_own_state_and_its_record() -> None:
    labels = {"alertname": "HighErrorRate", "environment": "production"}
    known = RecordedAlert("id-1", {**labels, "cluster": "eu"}, NOW, acknowledged=Acknowledgement("ada", NOW))

    (alert,) = merged([rule(RuleAlert(labels, {}, True, NOW - 60, 0.11))], (), (known,))
    assert (alert.state, alert.record) == (State.ACKNOWLEDGED, known)


def test_records_of_other_labels_and_of_ended_alerts_are_not_those_of_an_alert() -> None:
    labels = {"alertname": "HighErrorRate", "environment": "production"}
    acknowledged = Acknowledgement("ada", NOW)
    other = RecordedAlert("id-1", {**labels, "environment": "staging"}, NOW, acknowledged=acknowledged)
    ended = RecordedAlert("id-2", labels, NOW - 60, NOW - 30, acknowledged)

    (alert,) = merged([rule(RuleAlert(labels, {}, True, NOW - 60, 0.11))], (), (other, ended))
    assert (alert.state, alert.record) == (State.FIRING, None)


def test_a_silenced_alert_stays_silenced_although_it_is_acknowledged() -> None:
    labels = {"alertname": "HighErrorRate"}
    known = RecordedAlert("id-1", labels, NOW, acknowledged=Acknowledgement("ada", NOW))

    (alert,) = merged([rule(evaluated())], [routed({}, silenced_by=("s1",))], (known,))
    assert alert.state is State.SILENCED
