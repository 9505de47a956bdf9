"""Escalation: which notifications are due. Pure functions of an alert, a policy, what happened, and the time.

An attempt is an event before it is begun (intended) and after it (sent or failed). Without an outcome it counts as
interrupted after UNSURE_SECONDS and is begun again under the same key.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from app.alerting.calendars import BusinessHours, Calendar
from app.alerting.model import Alert, AlertEvent, EventKind, acknowledgement
from queries.alerts.types import Matcher

RETRY_SECONDS: Final = 15.0  # before the second attempt, then twice as long each time
LONGEST_RETRY_SECONDS: Final = 600.0
MOST_FAILURES: Final = 10
UNSURE_SECONDS: Final = 45.0  # longer than a channel may take
GROUP_SECONDS: Final = 300.0
RESOLVED_SECONDS: Final = 86_400.0  # later, nobody wants to know that an alert has ended


class Stage(StrEnum):
    """What a notification is for."""

    LEVEL = "level"
    RESOLVED = "resolved"
    DIGEST = "digest"


@dataclass(frozen=True)
class Level:
    """Whom to notify when nobody has acknowledged an alert `delay` seconds after the first notification was due.

    It waits for a time within `during` and not within `outside`. A calendar that cannot be read does not hold it back.
    """

    delay: float
    channels: tuple[str, ...]
    during: Calendar | None = None
    outside: Calendar | None = None

    def applies(self, now: float) -> bool:
        """Whether its calendars let it notify at `now` (epoch seconds)."""
        held = self.during is not None and self.during.contains(now) is False
        return not held and not (self.outside is not None and self.outside.contains(now))


@dataclass(frozen=True)
class Digest:
    """One message about all alerts since the last one, when a business day begins."""

    calendar: BusinessHours
    channels: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """What happens to alerts with these severities whose labels all matchers match; levels in the order of delays.

    Alerts with the same labels `group_by` share messages, at most one in `group_seconds` for each level and channel.
    The channels in `resolved` are notified of the end of an alert that they were notified of.
    """

    name: str
    severities: frozenset[str]
    levels: tuple[Level, ...] = ()
    matchers: tuple[Matcher, ...] = ()
    digest: Digest | None = None
    resolved: frozenset[str] = frozenset()
    group_by: tuple[str, ...] = ("alertname", "environment")
    group_seconds: float = GROUP_SECONDS

    def applies(self, alert: Alert) -> bool:
        """Whether it decides about an alert."""
        return alert.severity in self.severities and all(matcher.matches(alert.labels) for matcher in self.matchers)


@dataclass(frozen=True)
class Step:
    """A notification that is due. The same notification has the same `key` at every attempt, the first is 1.

    `may_repeat` says that an earlier attempt was begun and its outcome is unknown: a channel that knows keys drops
    the second one. `level` is 0 for what is not a level.
    """

    key: str
    level: int
    channel: str
    attempt: int = 1
    may_repeat: bool = field(default=False)
    stage: Stage = Stage.LEVEL


def next_steps(alert: Alert, policy: Policy, events: Sequence[AlertEvent], now: float) -> tuple[Step, ...]:
    """The steps that are due at `now` (epoch seconds). A silenced or acknowledged alert escalates no further."""
    if not policy.applies(alert):
        return ()
    steps = [*_digest(alert, policy, events, now)]
    if not alert.is_firing:
        steps += _resolved(alert, policy, events, now)
    elif not alert.silenced and acknowledgement(events) is None:
        steps += _levels(alert, policy, events, now)
    return tuple(steps)


def _levels(alert: Alert, policy: Policy, events: Sequence[AlertEvent], now: float) -> Iterator[Step]:
    """Steps of the levels that are due. Delays count from the first notification, once there was one: after an outage
    of the sender, or a silence, the first level has its time to answer as well.
    """
    if not policy.levels:
        return
    begun = [event for event in events if event.kind is EventKind.INTENDED and "/level/" in event.key]
    first = min(begun, key=lambda event: event.time, default=None)
    base = alert.starts
    if first is not None:
        base = max(base, first.time - policy.levels[min(_level_of(first.key), len(policy.levels)) - 1].delay)
    due = [
        (number, level)
        for number, level in enumerate(policy.levels, 1)
        if base + level.delay <= now and level.applies(now)
    ]
    earliest = min((level.delay for _, level in due), default=0.0)
    for number, level in due:
        if first is None and level.delay > earliest:
            continue
        for channel in level.channels:
            yield from _step(f"{alert.id}/{Stage.LEVEL}/{number}/{channel}", number, channel, events, now)


def _level_of(key: str) -> int:
    return int(key.split("/")[2])


def _resolved(alert: Alert, policy: Policy, events: Sequence[AlertEvent], now: float) -> Iterator[Step]:
    """A notice for each channel that was notified, or perhaps was."""
    if alert.ends + RESOLVED_SECONDS < now:
        return
    failed = {(event.key, event.attempt) for event in events if event.kind is EventKind.FAILED}
    notified = {
        event.key.split("/", 3)[3]
        for event in events
        if event.kind is EventKind.INTENDED and "/level/" in event.key and (event.key, event.attempt) not in failed
    }
    for channel in sorted(notified & policy.resolved):
        yield from _step(f"{alert.id}/{Stage.RESOLVED}/0/{channel}", 0, channel, events, now, Stage.RESOLVED)


def _digest(alert: Alert, policy: Policy, events: Sequence[AlertEvent], now: float) -> Iterator[Step]:
    if policy.digest is None or alert.silenced or acknowledgement(events) is not None:
        return
    if policy.digest.calendar.next_opening(alert.starts) > now:
        return
    for channel in policy.digest.channels:
        yield from _step(f"{alert.id}/{Stage.DIGEST}/0/{channel}", 0, channel, events, now, Stage.DIGEST)


def _step(
    key: str, level: int, channel: str, events: Sequence[AlertEvent], now: float, stage: Stage = Stage.LEVEL
) -> Iterator[Step]:
    """A notification unless it was sent, is being sent, waits for its next attempt, or has failed too often."""
    attempts = [event for event in events if event.key == key]
    if any(event.kind is EventKind.SENT for event in attempts):
        return
    last = max((event for event in attempts if event.kind is EventKind.INTENDED), key=_attempt, default=None)
    if last is None:
        yield Step(key, level, channel, stage=stage)
        return
    failures = [event for event in attempts if event.kind is EventKind.FAILED]
    outcome = next((event for event in failures if event.attempt == last.attempt), None)
    if outcome is None:  # the process ended between intent and outcome, or is still waiting for the channel
        if last.time + UNSURE_SECONDS <= now:
            yield Step(key, level, channel, last.attempt + 1, may_repeat=True, stage=stage)
        return
    if len(failures) < MOST_FAILURES and outcome.time + backoff(key, len(failures)) <= now:
        yield Step(key, level, channel, last.attempt + 1, stage=stage)


def _attempt(event: AlertEvent) -> int:
    return event.attempt


def backoff(key: str, failures: int) -> float:
    """Seconds until the next attempt after so many failures: exponential, with a jitter of a quarter by the key."""
    jitter = 0.75 + 0.5 * zlib.crc32(f"{key}#{failures}".encode()) / 2**32
    return jitter * min(RETRY_SECONDS * 2.0 ** (failures - 1), LONGEST_RETRY_SECONDS)
