"""The alert history as the alerts page reads it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.alerting.escalation import UNSURE_SECONDS, Stage
from app.alerting.history import History
from app.alerting.model import AlertEvent, AlertHistory, EventKind
from app.alerting.silence_log import SilenceLog
from queries.alerts.records import Delivery, Outcome, RecordedAlert, UserStep
from queries.alerts.silence_changes import SilenceChange

NAME: Final = "The alert history"
MOST_FIRING: Final = 2_000
MOST_OF_RULE: Final = 500
_OUTCOMES: Final = {EventKind.SENT: Outcome.SENT, EventKind.FAILED: Outcome.FAILED}
_STEPS: Final = (EventKind.ACKNOWLEDGED, EventKind.WITHDRAWN)


@dataclass(frozen=True)
class AlertRecords:
    """Reads the store of the alert history. `clock` gives epoch seconds."""

    history: History
    silence_log: SilenceLog
    clock: Callable[[], float] = time.time
    name: str = NAME

    def firing(self) -> tuple[RecordedAlert, ...]:
        """The alerts that fire. Raises HistoryUnavailable."""
        now = self.clock()
        return tuple(recorded(entry, now) for entry in self.history.alerts(now + 1, MOST_FIRING))

    def of_rule(self, rule: str, since: float) -> tuple[RecordedAlert, ...]:
        """The alerts of a rule that fire or ended after `since` (epoch seconds). Raises HistoryUnavailable."""
        now = self.clock()
        return tuple(recorded(entry, now) for entry in self.history.alerts(since, MOST_OF_RULE, rule))

    def acknowledged(self, since: float) -> tuple[RecordedAlert, ...]:
        """The alerts that somebody acknowledged after `since` (epoch seconds). Raises HistoryUnavailable."""
        now = self.clock()
        return tuple(recorded(entry, now) for entry in self.history.acknowledged(since))

    def silence_changes(self, since: float) -> tuple[SilenceChange, ...]:
        """Changes of silences after `since` (epoch seconds), the newest first. Raises HistoryUnavailable."""
        return self.silence_log.since(since)


def recorded(entry: AlertHistory, now: float) -> RecordedAlert:
    """An alert of the history at `now` (epoch seconds)."""
    steps = tuple(
        UserStep(event.kind.value, event.time, event.actor, event.detail)
        for event in entry.events
        if event.kind in _STEPS
    )
    deliveries = tuple(_deliveries(entry.events, now))
    alert = entry.alert
    return RecordedAlert(alert.id, alert.labels, alert.starts, alert.ends, entry.acknowledgement, deliveries, steps)


def _deliveries(events: Sequence[AlertEvent], now: float) -> Iterator[Delivery]:
    outcomes = {(event.key, event.attempt): event for event in events if event.kind in _OUTCOMES}
    for event in events:
        if event.kind is not EventKind.INTENDED:
            continue
        _, stage, level, channel = event.key.split("/", 3)
        purpose = f"level {level}" if stage == Stage.LEVEL else stage
        known = outcomes.get((event.key, event.attempt))
        if known is None:
            outcome = Outcome.UNDER_WAY if now - event.time < UNSURE_SECONDS else Outcome.UNKNOWN
            yield Delivery(channel, event.time, purpose, outcome, event.attempt)
        else:
            yield Delivery(channel, known.time, purpose, _OUTCOMES[known.kind], event.attempt, known.detail)
