"""Alerts are read once for all viewers, and the last ones stay while a source is away."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from app.alert_service import AlertService
from queries.alerts.records import Acknowledgement, RecordedAlert
from queries.alerts.silence_changes import ChangeKind, SilenceChange, changes_of
from queries.alerts.types import Alert, Matcher, RoutedAlert, Rule, RuleAlert, Silence, State
from queries.core.deadline import Deadline
from queries.core.errors import SourceUnavailable
from queries.metrics.engine import Engine
from queries.metrics.frame import Frame
from queries.metrics.request import Answer, Origin, Request

NOW = 1_700_000_000.0
LABELS = {"alertname": "ErrorBurst", "environment": "production"}


class Prometheus:
    """Rules, and how often they were asked for."""

    name = "Prometheus"

    def __init__(self) -> None:
        self.queries = 0
        self.error: SourceUnavailable | None = None

    def rules(self, deadline: Deadline) -> tuple[Rule, ...]:
        self.queries += 1
        if self.error:
            raise self.error
        alert = RuleAlert(LABELS, {}, True, NOW - 60, 11.0)
        return (Rule("ErrorBurst", "api", "sum by (environment) (x) > 5", 60, {}, {}, "ok", "", NOW, (alert,), 15),)


class Alertmanager:
    """One silenced alert."""

    name = "Alertmanager"

    def routed_alerts(self, deadline: Deadline) -> tuple[RoutedAlert, ...]:
        return (RoutedAlert(LABELS, {}, NOW - 60, silenced_by=("s1",)),)

    listed: tuple[Silence, ...] = ()

    def silences(self, deadline: Deadline) -> tuple[Silence, ...]:
        return self.listed


class Metrics:
    """An engine that answers each request with one series of ones, and keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def run(self, request: Request, seconds: float) -> Answer:
        return cast("Answer", self.run_many([request], seconds)[0])

    def run_many(self, requests: list[Request], seconds: float) -> list[Any]:
        self.requests += requests
        return [self._answer(request) for request in requests]

    @staticmethod
    def _answer(request: Request) -> Answer:
        times = np.arange(request.window.start, request.window.end + 1, request.window.step, dtype=np.int64)
        series = ({"environment": "staging"}, {"environment": "production"})
        values = np.stack([np.full(times.size, 1.0), np.full(times.size, 2.0)])
        return Answer(request, Frame(times, series, values), Origin.FRESH)


def service(prometheus: Prometheus, metrics: Metrics | None = None, **more: Any) -> AlertService:
    return AlertService(cast("Engine", metrics or Metrics()), "prometheus", prometheus, clock=lambda: NOW, **more)


def _settled(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not done():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_viewers_share_one_answer() -> None:
    prometheus = Prometheus()
    alerts = service(prometheus)

    states = [alerts.overview().alerts[0].state for _ in range(20)]

    assert (prometheus.queries, set(states)) == (1, {State.FIRING})


def test_alertmanager_knows_what_is_silenced() -> None:
    overview = service(Prometheus(), alertmanager=Alertmanager()).overview()

    assert [alert.state for alert in overview.alerts] == [State.SILENCED]
    assert overview.has_alertmanager


def test_the_last_alerts_stay_with_the_reason_while_prometheus_is_away() -> None:
    prometheus, now = Prometheus(), SimpleNamespace(seconds=0.0)
    alerts = service(prometheus, monotonic=lambda: now.seconds)
    alerts.overview()
    prometheus.error, now.seconds = SourceUnavailable("Prometheus", "Prometheus did not answer in time."), 10.0
    _settled(lambda: bool(alerts.overview().readings[0].error))

    overview = alerts.overview()

    assert [alert.rule for alert in overview.alerts] == ["ErrorBurst"]
    assert (overview.readings[0].as_of, overview.readings[0].error) == (NOW, "Prometheus did not answer in time.")


def test_the_course_of_an_alert_is_the_series_with_its_labels() -> None:
    prometheus, metrics = Prometheus(), Metrics()
    alerts = service(prometheus, metrics)
    (rule,) = prometheus.rules(Deadline.after(1))
    alert = Alert("ErrorBurst", LABELS, {}, State.FIRING, NOW - 60, 11.0)

    (course,) = alerts.courses([(rule, alert)], 3, Deadline.after(1))

    assert course is not None
    assert (course.limit, course.operator, set(course.values)) == (5.0, ">", {2.0})
    assert [request.expr for request in metrics.requests] == ["sum by (environment) (x)"]


def test_the_history_counts_evaluations_so_that_short_firings_are_found() -> None:
    metrics = Metrics()

    service(Prometheus(), metrics).firings(30, Deadline.after(1), 'Error"Burst')

    (request,) = metrics.requests
    assert request.expr == 'count_over_time(ALERTS{alertstate="firing",alertname="Error\\"Burst"}[300s])'
    assert (request.window.end - request.window.start) / request.window.step <= 11_000


class Records:
    """A history in which somebody has acknowledged the alert."""

    name = "The alert history"

    def __init__(self) -> None:
        self.alerts = (RecordedAlert("id-1", LABELS, NOW - 60, acknowledged=Acknowledgement("ada", NOW - 30)),)
        self.changes: tuple[SilenceChange, ...] = ()
        self.error: SourceUnavailable | None = None

    def firing(self) -> tuple[RecordedAlert, ...]:
        if self.error:
            raise self.error
        return self.alerts

    def of_rule(self, rule: str, since: float) -> tuple[RecordedAlert, ...]:
        return self.firing()

    def acknowledged(self, since: float) -> tuple[RecordedAlert, ...]:
        return self.firing()

    def silence_changes(self, since: float) -> tuple[SilenceChange, ...]:
        return self.changes


def test_the_history_tells_who_has_acknowledged_an_alert() -> None:
    (alert,) = service(Prometheus(), record_source=Records()).overview().alerts

    assert (alert.state, alert.record and alert.record.id) == (State.ACKNOWLEDGED, "id-1")


def test_while_the_history_is_away_its_last_answer_stays_with_the_reason() -> None:
    records, now = Records(), SimpleNamespace(seconds=0.0)
    alerts = service(Prometheus(), record_source=records, monotonic=lambda: now.seconds)
    alerts.overview()
    records.error, now.seconds = SourceUnavailable("The alert history", "The alert history cannot be used."), 10.0
    _settled(lambda: bool(alerts.overview().readings[-1].error))

    overview = alerts.overview()

    assert [alert.state for alert in overview.alerts] == [State.ACKNOWLEDGED]
    assert (overview.readings[-1].as_of, overview.readings[-1].error) == (NOW, "The alert history cannot be used.")


def test_what_a_user_changed_is_read_at_once() -> None:
    records = Records()
    alerts = service(Prometheus(), record_source=records)
    assert alerts.overview().alerts[0].state is State.ACKNOWLEDGED

    records.alerts = ()
    alerts.read_again()

    assert alerts.overview().alerts[0].state is State.FIRING


def test_silences_that_the_history_has_not_seen_are_those_of_alertmanager() -> None:
    silence = Silence("s1", (Matcher("alertname", "ErrorBurst"),), NOW - 60, NOW + 60, "ana", "deploy", "active")
    alertmanager = Alertmanager()
    alertmanager.listed = (silence,)
    records = Records()
    alerts = service(Prometheus(), alertmanager=alertmanager, record_source=records)
    assert [(change.kind, change.actor) for change in alerts.records("ErrorBurst", 30).silences] == [
        (ChangeKind.CREATED, "ana")
    ]

    records.changes = changes_of(silence, (), NOW)

    assert alerts.records("ErrorBurst", 30).silences == records.changes


def test_acknowledged_alerts_are_those_of_the_history() -> None:
    records = Records()

    assert service(Prometheus(), record_source=records).acknowledged(30) == records.alerts
    assert service(Prometheus()).acknowledged(30) == ()


def test_without_a_history_there_are_no_records() -> None:
    records = service(Prometheus()).records("ErrorBurst", 30)

    assert (records.alerts, records.silences, records.has_history) == ((), (), False)
