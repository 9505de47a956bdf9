"""Escalation: levels come due by time, stop by acknowledgement, and a restart neither loses nor repeats a page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.alerting.escalation import MOST_ATTEMPTS, Level, Policy, Step, next_steps
from app.alerting.model import Alert, AlertEvent, EventKind

POLICY = Policy("backend", frozenset({"critical"}), (Level(300, ("a", "b")), Level(900, ("c",)), Level(1800, ("d",))))
ALERT = Alert("id", "f", {"severity": "critical"}, {}, starts=1000.0)
ACKNOWLEDGED = AlertEvent("id", EventKind.ACKNOWLEDGED, 1400.0, "Ada")


def event(kind: EventKind, channel: str, level: int = 1, attempt: int = 1, time: float = 1300.0) -> AlertEvent:
    return AlertEvent("id", kind, time, key=f"id/{level}/{channel}", attempt=attempt)


def due(alert: Alert, events: list[AlertEvent], after: float) -> list[str]:
    return [step.channel for step in next_steps(alert, POLICY, events, alert.starts + after)]


@pytest.mark.parametrize(
    ("alert", "events", "after", "expected"),
    [
        (ALERT, [], 299, []),
        (ALERT, [], 300, ["a", "b"]),
        (ALERT, [], 900, ["a", "b", "c"]),
        (ALERT, [], 1800, ["a", "b", "c", "d"]),
        (ALERT, [event(EventKind.INTENDED, "a"), event(EventKind.SENT, "a")], 300, ["b"]),
        (ALERT, [ACKNOWLEDGED], 1800, []),
        (replace(ALERT, ends=1100.0), [], 1800, []),
        (replace(ALERT, silenced=True), [], 1800, []),
        (replace(ALERT, labels={"severity": "low"}), [], 1800, []),
    ],
    ids=["early", "first level", "second", "third", "sent", "acknowledged", "resolved", "silenced", "other severity"],
)
def test_a_step_is_due_after_its_delay_unless_somebody_knows(
    alert: Alert, events: list[AlertEvent], after: float, expected: list[str]
) -> None:
    assert due(alert, events, after) == expected


def test_a_failed_notification_is_tried_again_later_each_time_and_not_forever() -> None:
    failed = [event(EventKind.INTENDED, "a"), event(EventKind.FAILED, "a")]
    last = [event(kind, "a", attempt=MOST_ATTEMPTS) for kind in (EventKind.INTENDED, EventKind.FAILED)]

    assert next_steps(ALERT, POLICY, failed, 1359.0)[0].channel == "b"
    assert next_steps(ALERT, POLICY, failed, 1360.0)[0] == Step("id/1/a", 1, "a", attempt=2)
    assert "a" not in due(ALERT, last, 800)


def test_an_unknown_outcome_is_tried_again_under_the_same_key_and_attempt() -> None:
    steps = next_steps(ALERT, POLICY, [event(EventKind.INTENDED, "a")], 1300.0)

    assert steps[0] == Step("id/1/a", 1, "a", attempt=1, may_repeat=True)


class Killed(Exception):
    pass


class Escalator:
    """Does the steps as the app does: intent, send, outcome; a kill happens before or after any of the three."""

    def __init__(self) -> None:
        self.events: list[AlertEvent] = []
        self.received: list[str] = []  # keys, as a channel without keys sees them

    def turn(self, now: float, kill_at: int, outcomes: list[bool]) -> None:
        counter = iter(range(1000))

        def point() -> None:
            if next(counter) == kill_at:
                raise Killed

        for step in next_steps(ALERT, POLICY, self.events, now):
            point()
            if not step.may_repeat:
                self.events.append(AlertEvent("id", EventKind.INTENDED, now, key=step.key, attempt=step.attempt))
            point()
            works = outcomes.pop() if outcomes else True
            if works:
                self.received.append(step.key)
            point()
            kind = EventKind.SENT if works else EventKind.FAILED
            self.events.append(AlertEvent("id", kind, now, key=step.key, attempt=step.attempt))


@given(
    kills=st.lists(st.integers(0, 12), max_size=6),
    outcomes=st.lists(st.booleans(), max_size=3),
    acknowledged=st.one_of(st.none(), st.integers(0, 40)),
)
def test_kills_lose_no_page_and_repeat_only_pages_under_the_same_key(
    kills: list[int], outcomes: list[bool], acknowledged: int | None
) -> None:
    escalator, interrupted, remaining = Escalator(), 0, list(kills)
    for minute in range(60):
        if minute == acknowledged:
            escalator.events.append(replace(ACKNOWLEDGED, time=1000.0 + 60 * minute))
            before = len(escalator.received)
        try:
            escalator.turn(1000.0 + 60 * minute, remaining.pop() if remaining and minute > 4 else -1, outcomes)
        except Killed:
            interrupted += 1

    repeats = len(escalator.received) - len(set(escalator.received))
    assert repeats <= interrupted
    if acknowledged is None:
        assert set(escalator.received) == {"id/1/a", "id/1/b", "id/2/c", "id/3/d"}
    else:
        assert len(escalator.received) == before
