"""Alerts, rules, silences and their history for the alerts page, asked once for all viewers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, Protocol, TypeVar

import numpy as np

from pages.alerts.source import Course, RuleRecords
from queries.alerts.history import Firing, firings
from queries.alerts.merge import merged
from queries.alerts.records import RecordedAlert
from queries.alerts.silence_changes import SilenceChange, changes_of
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
RULES_SECONDS: Final = 60.0  # rules change when somebody loads a file
TIMEOUT_SECONDS: Final = 3.0
FIRST_WAIT_SECONDS: Final = 1.0  # while nothing is known yet
WAIT_SECONDS: Final = 0.1  # while an earlier answer can be shown, with its age
HISTORY_POINTS: Final = 8_640  # a step of 5 minutes in 30 days; Prometheus allows 11,000
COURSE_STEP: Final = 60
_FIRING: Final = 'ALERTS{alertstate="firing"}'
T = TypeVar("T")


class RecordSource(Protocol):
    """The alert history."""

    @property
    def name(self) -> str:
        """How it is called in messages."""
        ...

    def firing(self) -> tuple[RecordedAlert, ...]:
        """The alerts that fire. Raises QueryError."""
        ...

    def of_rule(self, rule: str, since: float) -> tuple[RecordedAlert, ...]:
        """The alerts of a rule that fire or ended after `since` (epoch seconds). Raises QueryError."""
        ...

    def acknowledged(self, since: float) -> tuple[RecordedAlert, ...]:
        """The alerts that somebody acknowledged after `since` (epoch seconds). Raises QueryError."""
        ...

    def silence_changes(self, since: float) -> tuple[SilenceChange, ...]:
        """Changes of silences after `since` (epoch seconds), the newest first. Raises QueryError."""
        ...


@dataclass(frozen=True)
class _Known(Generic[T]):
    """The last answer of a source and its reading."""

    answer: T
    reading: Reading


@dataclass(frozen=True)
class _Routed:
    """What Alertmanager answers."""

    alerts: tuple[RoutedAlert, ...] = ()
    silences: tuple[Silence, ...] = ()


class _SourceReader(Generic[T]):
    """Asks a source in the background, at most once in KEEP_SECONDS; keeps its last answer while it is away."""

    def __init__(
        self,
        name: str,
        ask: Callable[[Deadline], T],
        nothing: T,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._ask, self._clock = ask, clock
        self._nothing = _Known(nothing, Reading(name))
        self._value: BackgroundValue[_Known[T]] = BackgroundValue(name, self._read, lambda _: KEEP_SECONDS, monotonic)

    def latest(self, seconds: float) -> T:
        """The last answer; begins to ask for a newer one if it is older than `seconds`, and does not wait for it."""
        known = self._value.known or self._nothing
        if self._clock() - known.reading.as_of > seconds:
            self._value.get(0.0)
        return known.answer

    def known(self) -> _Known[T]:
        """The last answer; waits a moment for a newer one, and never raises."""
        return self._value.get(FIRST_WAIT_SECONDS, WAIT_SECONDS) or self._nothing

    def read_again(self) -> None:
        """Read what a user has changed; waits a moment for it."""
        for _ in range(2):  # the first may join a reading that began before the change
            self._value.read_again(FIRST_WAIT_SECONDS)

    def _read(self, known: _Known[T] | None) -> _Known[T]:
        known = known or self._nothing
        try:
            answer = self._ask(Deadline.after(TIMEOUT_SECONDS))
            return _Known(answer, replace(known.reading, as_of=self._clock(), error=""))
        except QueryError as error:
            return replace(known, reading=replace(known.reading, error=error.sentence))


@dataclass
class AlertService:
    """Reads Prometheus' rules, Alertmanager's alerts and the alert history in the background, at most once in
    KEEP_SECONDS each.
    """

    engine: Engine
    source: str  # the engine's
    rules: RuleSource
    alertmanager: RoutedAlertSource | None = None
    tenant: str = ""
    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    record_source: RecordSource | None = None
    has_push: bool = False

    def __post_init__(self) -> None:
        clocks = (self.clock, self.monotonic)
        self._rules = _SourceReader[tuple[Rule, ...]](self.rules.name, self.rules.rules, (), *clocks)
        self._routed: _SourceReader[_Routed] | None = None
        if (source := self.alertmanager) is not None:
            self._routed = _SourceReader(source.name, lambda deadline: _routed(source, deadline), _Routed(), *clocks)
        self._recorded: _SourceReader[tuple[RecordedAlert, ...]] | None = None
        if (records := self.record_source) is not None:
            self._recorded = _SourceReader(records.name, lambda _: records.firing(), (), *clocks)

    def overview(self) -> AlertOverview:
        """What is known now; waits a moment for a newer answer, and never raises."""
        rules = self._rules.known()
        routed = self._routed.known() if self._routed else None
        recorded = self._recorded.known() if self._recorded else None
        return AlertOverview(
            merged(rules.answer, routed.answer.alerts if routed else (), recorded.answer if recorded else ()),
            rules.answer,
            routed.answer.silences if routed else (),
            tuple(known.reading for known in (rules, routed, recorded) if known is not None),
            has_alertmanager=routed is not None,
            has_push=self.has_push,
        )

    def known_rules(self) -> tuple[Rule, ...]:
        """Prometheus' rules as they were read last; waits for nothing, and never raises."""
        return self._rules.latest(RULES_SECONDS)

    def read_again(self) -> None:
        """Read again what users can change: silences and acknowledgements."""
        for reader in (self._routed, self._recorded):
            if reader is not None:
                reader.read_again()

    def records(self, rule: str, days: int) -> RuleRecords:
        """What the alert history has about a rule in the last days. Raises QueryError.

        Without a history, or before it has seen them, silences are those that Alertmanager still lists.
        """
        since = self.clock() - days * DAY
        source = self.record_source
        stored = source.silence_changes(since) if source else ()
        known = {change.id for change in stored}
        listed = [
            change
            for silence in self.overview().silences
            for change in changes_of(silence, [row for row in stored if row.silence == silence.id], self.clock())
            if change.id not in known and change.instant >= since
        ]
        silences = tuple(sorted((*stored, *listed), key=lambda change: change.instant, reverse=True))
        alerts = source.of_rule(rule, since) if source else ()
        return RuleRecords(alerts, silences, source is not None)

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

    def acknowledged(self, days: int) -> tuple[RecordedAlert, ...]:
        """The alerts that somebody acknowledged in the last days. Raises QueryError."""
        return self.record_source.acknowledged(self.clock() - days * DAY) if self.record_source else ()

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


def _routed(source: RoutedAlertSource, deadline: Deadline) -> _Routed:
    return _Routed(source.routed_alerts(deadline), source.silences(deadline))


def _course(outcome: object, comparison: Comparison, alert: Alert) -> Course | None:
    """The series whose labels are those of the alert; its other labels are the rule's own."""
    if not isinstance(outcome, Answer):
        return None
    frame = outcome.frame
    for labels, values in zip(frame.labels, frame.values, strict=True):
        if all(alert.labels.get(name) == value for name, value in labels.items() if name != "__name__" and value):
            return Course(frame.times, np.asarray(values), comparison.limit, comparison.operator)
    return None
