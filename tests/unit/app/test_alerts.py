"""Alerts are read in the background; what cannot be read is said, and nobody waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from app.alerts import AlertReader, alert_of
from panels.spec import Status
from queries.core.deadline import Deadline
from queries.core.errors import SourceUnavailable
from queries.metrics.alerts import FiringAlert, epoch_seconds

NOW = 1_700_000_000.0
FIRING = FiringAlert({"alertname": "HighErrorRate", "severity": "critical"}, {"summary": "5 % fail"}, NOW - 60, NOW)


class Source:
    """Answers as it is told to, after `seconds`."""

    name = "Alertmanager"

    def __init__(self) -> None:
        self.queries = 0
        self.seconds = 0.0
        self.error: SourceUnavailable | None = None
        self.firing: tuple[FiringAlert, ...] = (FIRING,)

    def alerts(self, deadline: Deadline) -> tuple[FiringAlert, ...]:
        self.queries += 1
        time.sleep(self.seconds)
        if self.error:
            raise self.error
        return self.firing


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def _settled(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not done():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_an_answer_is_shared_for_some_seconds() -> None:
    source, clock = Source(), Clock()
    reader = AlertReader(source, clock, clock)
    states = [reader.state() for _ in range(20)]
    clock.now += 6
    _settled(lambda: reader.state().as_of == clock.now)

    assert source.queries == 2
    assert [alert.text for alert in states[0].alerts] == ["5 % fail"]
    assert states[0].is_current


def test_nobody_waits_for_an_alertmanager_that_does_not_answer() -> None:
    source = Source()
    source.seconds = 5.0
    reader = AlertReader(source)
    begun = time.monotonic()
    viewers = [threading.Thread(target=reader.state) for _ in range(20)]
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join()

    assert time.monotonic() - begun < 3.0
    assert source.queries == 1
    assert not reader.state().is_current


def test_the_last_known_alerts_stay_with_their_age_while_nobody_answers() -> None:
    source, clock = Source(), Clock()
    reader = AlertReader(source, clock, clock)
    reader.state()
    source.error, clock.now = SourceUnavailable("Alertmanager", "Alertmanager did not answer in time."), NOW + 10
    _settled(lambda: bool(reader.state().error))
    clock.now = NOW + 20
    _settled(lambda: reader.state() is not None and source.queries == 3)
    state = reader.state()

    assert [alert.name for alert in state.alerts] == ["HighErrorRate"]
    assert (state.as_of, state.failing_since, state.is_current) == (NOW, NOW + 10, False)


def test_a_source_that_answers_again_is_current() -> None:
    source, clock = Source(), Clock()
    source.error = SourceUnavailable("Alertmanager", "away")
    reader = AlertReader(source, clock, clock)
    assert reader.state().error == "away"
    source.error, clock.now = None, NOW + 10
    _settled(lambda: reader.state().is_current)

    assert reader.state().failing_since == 0


@pytest.mark.parametrize(
    ("severity", "status"),
    [
        ("critical", Status.CRITICAL),
        ("page", Status.CRITICAL),
        ("high", Status.SERIOUS),
        ("error", Status.SERIOUS),
        ("warning", Status.WARNING),
        ("anything", Status.WARNING),
    ],
)
def test_a_severity_is_a_status(severity: str, status: Status) -> None:
    assert alert_of(FiringAlert({"severity": severity}, {}, 0, 0)).status is status


@pytest.mark.parametrize(
    "text", ["2023-11-14T22:13:20Z", "2023-11-14T22:13:20.000000000Z", "2023-11-14T23:13:20.0000000+01:00"]
)
def test_times_with_nine_decimals_and_zones_are_read(text: str) -> None:
    assert epoch_seconds(text) == NOW


def test_an_alert_that_always_fires_is_not_a_problem() -> None:
    watchdog = FiringAlert({"alertname": "Watchdog", "severity": "none"}, {}, NOW - 60, NOW)

    source = Source()
    source.firing = (watchdog, FIRING)

    assert [alert.name for alert in AlertReader(source).state().alerts] == ["HighErrorRate"]


def test_the_headline_of_an_alert_is_preferred_to_its_summary() -> None:
    notes = {"summary": "High error rate detected", "headline": "11 % of requests fail", "where": "/v1/chat 30 %"}

    alert = alert_of(FiringAlert({"alertname": "HighErrorRate"}, notes, NOW - 60, NOW))

    assert (alert.text, alert.where) == ("11 % of requests fail", "/v1/chat 30 %")


def test_traces_are_linked_only_inside_the_app() -> None:
    notes = {"traces": "https://elsewhere.example/traces"}

    assert alert_of(FiringAlert({"alertname": "HighErrorRate"}, notes, NOW - 60, NOW)).traces == ""
