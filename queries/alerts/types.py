"""Types of alerts, rules and silences. Times are epoch seconds; 0 stands for never or unknown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from queries.alerts.records import RecordedAlert
from queries.core.deadline import Deadline


class State(StrEnum):
    """The state of an alert, the most urgent first."""

    FIRING = "firing"
    PENDING = "pending"
    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"
    INHIBITED = "inhibited"


@dataclass(frozen=True)
class RuleAlert:
    """An alert of a rule, as Prometheus evaluates it: pending or firing since `active_at`, with the rule's value."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    is_firing: bool
    active_at: float
    value: float


@dataclass(frozen=True)
class Rule:
    """An alerting rule and its last evaluation.

    `health` is Prometheus' own word (ok, err, unknown) and `error` the reason; `hold` are the seconds of its `for`,
    `interval` those between evaluations.
    """

    name: str
    group: str
    expr: str
    hold: float
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    health: str
    error: str
    evaluated_at: float
    alerts: tuple[RuleAlert, ...] = ()
    interval: float = 60.0


@dataclass(frozen=True)
class RoutedAlert:
    """An alert as Alertmanager has it: silences and alerts that suppress it, and who receives it."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: float
    silenced_by: tuple[str, ...] = ()
    inhibited_by: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Matcher:
    """A condition on a label, as Alertmanager has it."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    def __str__(self) -> str:
        """The condition in Alertmanager's notation: `severity="critical"`."""
        operator = ("=" if self.is_equal else "!") + ("~" if self.is_regex else "" if self.is_equal else "=")
        value = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.name}{operator}"{value}"'

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels meet the condition; an absent label is empty, and a pattern covers the whole value."""
        value = labels.get(self.name, "")
        is_equal = re.fullmatch(self.value, value) is not None if self.is_regex else value == self.value
        return is_equal == self.is_equal


@dataclass(frozen=True)
class Silence:
    """A silence that is active, pending or expired."""

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: float
    ends_at: float
    author: str
    comment: str
    state: str


@dataclass(frozen=True)
class Alert:
    """An alert in its state; `rule` is the name of its rule. `value` is NaN if only Alertmanager knows it.

    `record` is what the alert history has about it, None without one.
    """

    rule: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    state: State
    since: float
    value: float
    receivers: tuple[str, ...] = ()
    silenced_by: tuple[str, ...] = ()
    inhibited_by: tuple[str, ...] = ()
    record: RecordedAlert | None = None

    @property
    def severity(self) -> str:
        """The label severity; may be empty."""
        return self.labels.get("severity", "")


@dataclass(frozen=True)
class Reading:
    """What one source answered at `as_of`; `error` says why it cannot be read now, and is empty while it can."""

    source: str
    as_of: float = 0.0
    error: str = ""


@dataclass(frozen=True)
class AlertOverview:
    """All alerts, rules and silences, and the sources that they come from.

    `has_alertmanager`: without one, silences do not exist and the states are Prometheus' own. `has_push`: browsers can
    subscribe to notifications.
    """

    alerts: tuple[Alert, ...] = ()
    rules: tuple[Rule, ...] = ()
    silences: tuple[Silence, ...] = ()
    readings: tuple[Reading, ...] = ()
    has_alertmanager: bool = field(default=False)
    has_push: bool = field(default=False)


def headline_of(annotations: Mapping[str, str], name: str) -> str:
    """An alert in one sentence: its headline with the value, else its summary, else its name."""
    return annotations.get("headline") or annotations.get("summary") or name


class RuleSource(Protocol):
    """A Prometheus with alerting rules."""

    @property
    def name(self) -> str:
        """How it is called in messages."""
        ...

    def rules(self, deadline: Deadline) -> tuple[Rule, ...]:
        """Its alerting rules with their alerts. Raises QueryError."""
        ...


class RoutedAlertSource(Protocol):
    """An Alertmanager."""

    @property
    def name(self) -> str:
        """How it is called in messages."""
        ...

    def routed_alerts(self, deadline: Deadline) -> tuple[RoutedAlert, ...]:
        """All alerts, silenced and inhibited ones too. Raises QueryError."""
        ...

    def silences(self, deadline: Deadline) -> tuple[Silence, ...]:
        """All silences, expired ones too. Raises QueryError."""
        ...
