"""Escalation: which notifications are due. A pure function of an alert, a policy, what happened, and the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.alerting.model import Alert, AlertEvent, EventKind, acknowledgement

RETRY_SECONDS: Final = 60.0
MOST_ATTEMPTS: Final = 5


@dataclass(frozen=True)
class Level:
    """Whom to notify when nobody has acknowledged an alert `delay` seconds after its start."""

    delay: float
    channels: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """Levels in the order of their delays; a policy applies to the alerts with these severities."""

    name: str
    severities: frozenset[str]
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class Step:
    """A notification that is due. The same notification has the same `key` at every attempt, the first is 1.

    `may_repeat` says that an earlier attempt was begun and its outcome is unknown: a channel that knows keys drops
    the second one.
    """

    key: str
    level: int
    channel: str
    attempt: int = 1
    may_repeat: bool = False


def next_steps(alert: Alert, policy: Policy, events: Sequence[AlertEvent], now: float) -> tuple[Step, ...]:
    """The steps that are due at `now` (epoch seconds): none when the alert is resolved, silenced or acknowledged."""
    excluded = alert.severity not in policy.severities or alert.silenced or not alert.is_firing
    if excluded or acknowledgement(events) is not None:
        return ()
    steps = (
        _step(_key(alert, number, channel), number, channel, events, now)
        for number, level in enumerate(policy.levels, 1)
        if alert.starts + level.delay <= now
        for channel in level.channels
    )
    return tuple(step for step in steps if step is not None)


def _key(alert: Alert, level: int, channel: str) -> str:
    return f"{alert.id}/{level}/{channel}"


def _step(key: str, level: int, channel: str, events: Sequence[AlertEvent], now: float) -> Step | None:
    """A notification unless it was sent, waits for its next attempt, or has failed too often."""
    attempts = [event for event in events if event.key == key]
    if any(event.kind is EventKind.SENT for event in attempts):
        return None
    begun = max((event.attempt for event in attempts if event.kind is EventKind.INTENDED), default=0)
    failed = [event for event in attempts if event.kind is EventKind.FAILED and event.attempt == begun]
    if begun and not failed:  # the process ended between intent and outcome
        return Step(key, level, channel, begun, may_repeat=True)
    if begun >= MOST_ATTEMPTS or (failed and failed[0].time + RETRY_SECONDS * begun > now):
        return None
    return Step(key, level, channel, begun + 1)
