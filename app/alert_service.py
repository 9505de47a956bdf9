"""Alerts, rules, silences and their history for the alerts page, asked once for all viewers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

import numpy as np

from pages.alerts.source import Course
from queries.alerts.history import Firing, firings
from queries.alerts.merge import merged
from queries.alerts.types import (
    Alert,
    AlertOverview,
    Reading,
    RoutedAlert,
    RoutedAlertSource,
    Rule,
    RuleSource,
    Silence,
)
from queries.core.background_value import BackgroundValue
from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.core.time_range import DAY, align
from queries.metrics.comparison import Comparison, comparison_of
from queries.metrics.engine import Engine
from queries.metrics.promql import label_value
from queries.metrics.request import Answer, Request

KEEP_SECONDS: Final = 5.0
TIMEOUT_SECONDS: Final = 3.0
FIRST_WAIT_SECONDS: Final = 1.0  # while nothing is known yet
WAIT_SECONDS: Final = 0.1  # while an earlier answer can be shown, with its age
HISTORY_POINTS: Final = 8_640  # a step of 5 minutes in 30 days; Prometheus allows 11,000
COURSE_STEP: Final = 60
_FIRING: Final = 'ALERTS{alertstate="firing"}'
T = TypeVar("T")


@dataclass(frozen=True)
class _Known(Generic[T]):
    """The last answer of a source and its reading."""

    answer: T
    reading: Reading


@dataclass
class AlertService:
    """Reads Prometheus' rules and Alertmanager's alerts in the background, at most once in KEEP_SECONDS each."""

    engine: Engine
    source: str  # the engine's
    rules: RuleSource
    alertmanager: RoutedAlertSource | None = None
    tenant: str = ""
    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._rules: BackgroundValue[_Known[tuple[Rule, ...]]] = self._background("rules", self._read_rules)
        self._routed: BackgroundValue[_Known[tuple[tuple[RoutedAlert, ...], tuple[Silence, ...]]]] = self._background(
            "silences", self._read_alertmanager
        )

    def overview(self) -> AlertOverview:
        """What is known now; waits a moment for a newer answer, and never raises."""
        rules = self._rules.get(FIRST_WAIT_SECONDS, WAIT_SECONDS) or _Known((), Reading(self.rules.name))
        if self.alertmanager is None:
            return AlertOverview(merged(rules.answer, ()), rules.answer, (), (rules.reading,))
        unknown = _Known[tuple[tuple[RoutedAlert, ...], tuple[Silence, ...]]](((), ()), Reading(self.alertmanager.name))
        routed = self._routed.get(FIRST_WAIT_SECONDS, WAIT_SECONDS) or unknown
        alerts, silences = routed.answer
        readings = (rules.reading, routed.reading)
        return AlertOverview(merged(rules.answer, alerts), rules.answer, silences, readings, has_alertmanager=True)

    def firings(self, days: int, deadline: Deadline, rule: str = "") -> tuple[Firing, ...]:
        """The firings of the last days, of all rules or of one, the newest first. Raises QueryError."""
        step = max(60, -(-days * DAY // HISTORY_POINTS // 60) * 60)
        window = align(self.clock() - days * DAY, self.clock(), step, 15)
        selector = _FIRING.replace("}", f',alertname="{label_value(rule)}"}}') if rule else _FIRING
        # A sample each step would miss firings that are shorter than the step.
        request = Request(self.source, f"count_over_time({selector}[{step}s])", window, self.tenant)
        frame = self.engine.run(request, deadline.remaining).frame
        intervals = {known.name: known.interval for known in self.overview().rules}
        series = list(zip(frame.labels, frame.values, strict=True))
        return firings(frame.times, series, step, lambda name: intervals.get(name, 60.0))

    def courses(
        self, alerts: Sequence[tuple[Rule, Alert]], hours: float, deadline: Deadline
    ) -> tuple[Course | None, ...]:
        """The values of alerts over the last hours, None where there is none. Does not raise."""
        window = align(self.clock() - hours * 3_600, self.clock(), COURSE_STEP, 15)
        comparisons = [comparison_of(rule.expr) for rule, _ in alerts]
        expressions = list(dict.fromkeys(comparison.expr for comparison in comparisons if comparison))
        requests = [Request(self.source, expr, window, self.tenant) for expr in expressions]
        outcomes = dict(zip(expressions, self.engine.run_many(requests, deadline.remaining), strict=True))
        return tuple(
            _course(outcomes.get(comparison.expr), comparison, alert) if comparison else None
            for comparison, (_, alert) in zip(comparisons, alerts, strict=True)
        )

    def _background(self, name: str, read: Callable[[_Known[T] | None], _Known[T]]) -> BackgroundValue[_Known[T]]:
        return BackgroundValue(name, read, lambda _: KEEP_SECONDS, self.monotonic)

    def _read_rules(self, known: _Known[tuple[Rule, ...]] | None) -> _Known[tuple[Rule, ...]]:
        return self._read(self.rules.name, self.rules.rules, known, ())

    def _read_alertmanager(
        self, known: _Known[tuple[tuple[RoutedAlert, ...], tuple[Silence, ...]]] | None
    ) -> _Known[tuple[tuple[RoutedAlert, ...], tuple[Silence, ...]]]:
        source = self.alertmanager
        assert source is not None
        return self._read(
            source.name, lambda deadline: (source.routed_alerts(deadline), source.silences(deadline)), known, ((), ())
        )

    def _read(self, name: str, ask: Callable[[Deadline], T], known: _Known[T] | None, nothing: T) -> _Known[T]:
        try:
            return _Known(ask(Deadline.after(TIMEOUT_SECONDS)), Reading(name, self.clock()))
        except QueryError as error:
            known = known or _Known(nothing, Reading(name))
            return replace(known, reading=replace(known.reading, error=error.sentence))


def _course(outcome: object, comparison: Comparison, alert: Alert) -> Course | None:
    """The series whose labels are those of the alert; its other labels are the rule's own."""
    if not isinstance(outcome, Answer):
        return None
    frame = outcome.frame
    for labels, values in zip(frame.labels, frame.values, strict=True):
        if all(alert.labels.get(name) == value for name, value in labels.items() if name != "__name__" and value):
            return Course(frame.times, np.asarray(values), comparison.limit, comparison.operator)
    return None
