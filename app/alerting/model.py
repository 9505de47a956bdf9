"""Alerts, what happened to them, and which notifications they caused. All times are epoch seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from queries.alerts.records import Acknowledgement

_FNV_OFFSET: Final = 0xCBF29CE484222325
_FNV_PRIME: Final = 0x100000001B3
_MASK: Final = 2**64 - 1
_SEPARATOR: Final = 0xFF


class Source(StrEnum):
    """Who reported an alert."""

    WEBHOOK = "webhook"
    ALERTMANAGER = "alertmanager"
    PROMETHEUS = "prometheus"

    @property
    def knows_start(self) -> bool:
        """Whether its start is the one of Alertmanager; Prometheus lists when the condition began to hold."""
        return self is not Source.PROMETHEUS


class EventKind(StrEnum):
    """What can happen to an alert."""

    FIRING = "firing"
    RESOLVED = "resolved"
    ACKNOWLEDGED = "acknowledged"
    WITHDRAWN = "acknowledgement withdrawn"
    INTENDED = "notification intended"
    SENT = "notification sent"
    FAILED = "notification failed"


_BY_USERS: Final = frozenset({EventKind.ACKNOWLEDGED, EventKind.WITHDRAWN})


@dataclass(frozen=True)
class Observation:
    """An alert as a source reported it at `observed`; `ends` is 0 while it fires.

    `silenced`: Alertmanager notifies nobody, because of a silence or of another alert that inhibits this one; None from
    a source that does not know.
    """

    source: Source
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts: float
    observed: float
    ends: float = 0.0
    silenced: bool | None = None


@dataclass(frozen=True)
class Alert:
    """An alert of the history: one period of firing of one set of labels. `ends` is 0 while it fires.

    `has_exact_start` is false until Alertmanager has reported it, `silenced` is as it was reported last.
    """

    id: str
    fingerprint: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts: float
    ends: float = 0.0
    has_exact_start: bool = True
    silenced: bool = False

    @property
    def is_firing(self) -> bool:
        """Whether it has not been resolved."""
        return self.ends == 0.0

    @property
    def name(self) -> str:
        """Name of its rule."""
        return self.labels.get("alertname", "unnamed alert")

    @property
    def severity(self) -> str:
        """The label `severity`, empty without one."""
        return self.labels.get("severity", "")


@dataclass(frozen=True)
class AlertEvent:
    """Something that happened to an alert. `key` and `attempt` belong to notifications; `actor` is a source or user."""

    alert_id: str
    kind: EventKind
    time: float
    actor: str = ""
    detail: str = ""
    key: str = ""
    attempt: int = 0

    @property
    def id(self) -> str:
        """The same event has the same id, whoever reports it; what users do may happen repeatedly."""
        repeated = f"{self.actor}@{self.time:.3f}" if self.kind in _BY_USERS else ""
        return "|".join((self.alert_id, self.kind.value, self.key, str(self.attempt), repeated))


@dataclass(frozen=True)
class AlertHistory:
    """An alert with its events in the order of their time."""

    alert: Alert
    events: tuple[AlertEvent, ...] = field(default=())

    @property
    def acknowledgement(self) -> Acknowledgement | None:
        """See `acknowledgement`."""
        return acknowledgement(self.events)


def acknowledgement(events: Iterable[AlertEvent]) -> Acknowledgement | None:
    """The first acknowledgement among events that was not withdrawn."""
    first: AlertEvent | None = None
    for event in sorted(events, key=lambda event: event.time):
        if event.kind is EventKind.ACKNOWLEDGED:
            first = first or event
        elif event.kind is EventKind.WITHDRAWN:
            first = None
    return Acknowledgement(first.actor, first.time, first.detail) if first else None


def fingerprint(labels: Mapping[str, str], ignored: frozenset[str] = frozenset()) -> str:
    """Alertmanager's fingerprint of a set of labels (FNV-1a of 64 bits, 16 hexadecimal digits).

    `ignored` are external labels of Prometheus, which only Alertmanager receives.
    """
    value = _FNV_OFFSET
    for name in sorted(labels.keys() - ignored):
        for byte in (*name.encode(), _SEPARATOR, *labels[name].encode(), _SEPARATOR):
            value = ((value ^ byte) * _FNV_PRIME) & _MASK
    return f"{value:016x}"


def alert_id(fingerprint_: str, starts: float) -> str:
    """The id of an alert: its fingerprint and its start in milliseconds."""
    return f"{fingerprint_}-{round(starts * 1000)}"
