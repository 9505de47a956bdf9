"""Escalation: levels come due by time, stop by acknowledgement, and a restart neither loses nor repeats a page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.alerting.calendars import BusinessHours
from app.alerting.escalation import (
    MOST_FAILURES,
    UNSURE_SECONDS,
    Digest,
    Level,
    Policy,
    Stage,
    Step,
    backoff,
    next_steps,
)
from app.alerting.model import Alert, AlertEvent, EventKind
from queries.alerts.types import Matcher

LEVELS = (Level(300, ("a", "b")), Level(900, ("c",)), Level(1800, ("d",)))
POLICY = Policy("backend", frozenset({"critical"}), LEVELS, (Matcher("team", "a|c", is_regex=True),))
ALERT = Alert("id", "f", {"severity": "critical", "team": "a"}, {}, starts=1000.0)
ACKNOWLEDGED = AlertEvent("id", EventKind.ACKNOWLEDGED, 1400.0, "Ada")
WITHDRAWN = AlertEvent("id", EventKind.WITHDRAWN, 1500.0, "Ada")


def event(kind: EventKind, channel: str, level: int = 1, attempt: int = 1, time: float = 1300.0) -> AlertEvent:
    return AlertEvent("id", kind, time, key=f"id/level/{level}/{channel}", attempt=attempt)


def due(alert: Alert, events: list[AlertEvent], after: float) -> list[str]:
    return [step.channel for step in next_steps(alert, POLICY, events, alert.starts + after)]


NOTIFIED = [event(EventKind.INTENDED, "a"), event(EventKind.SENT, "a"), event(EventKind.INTENDED, "b")]


@pytest.mark.parametrize(
    ("alert", "events", "after", "expected"),
    [
        (ALERT, [], 299, []),
        (ALERT, [], 300, ["a", "b"]),
        (ALERT, [], 900, ["a", "b"]),
        (ALERT, [*NOTIFIED, event(EventKind.SENT, "b")], 899, []),
        (ALERT, [*NOTIFIED, event(EventKind.SENT, "b")], 900, ["c"]),
        (ALERT, [*NOTIFIED, event(EventKind.SENT, "b")], 1800, ["c", "d"]),
        (ALERT, NOTIFIED[:2], 300, ["b"]),
        (ALERT, [ACKNOWLEDGED], 1800, []),
        (ALERT, [*NOTIFIED, event(EventKind.SENT, "b"), ACKNOWLEDGED, WITHDRAWN], 900, ["c"]),
        (replace(ALERT, silenced=True), [], 1800, []),
        (replace(ALERT, labels={"severity": "low", "team": "a"}), [], 1800, []),
        (replace(ALERT, labels={"severity": "critical", "team": "b"}), [], 1800, []),
    ],
    ids=[
        "early",
        "first level",
        "first level after an outage",
        "before the second",
        "second",
        "third",
        "sent",
        "acknowledged",
        "acknowledgement withdrawn",
        "silenced",
        "other severity",
        "other team",
    ],
)
def test_a_step_is_due_after_its_delay_unless_somebody_knows(
    alert: Alert, events: list[AlertEvent], after: float, expected: list[str]
) -> None:
    assert due(alert, events, after) == expected


def test_delays_count_from_the_first_notification_after_an_outage() -> None:
    late = [event(kind, channel, time=5000.0) for kind in (EventKind.INTENDED, EventKind.SENT) for channel in "ab"]

    assert due(ALERT, late, 4599) == []
    assert due(ALERT, late, 4600) == ["c"]


def test_a_level_waits_for_its_calendar_and_not_for_one_that_is_unknown() -> None:
    class Answer:
        def __init__(self, value: bool | None) -> None:
            self.value = value

        def contains(self, _: float) -> bool | None:
            return self.value

    def applies(during: bool | None = True, outside: bool | None = False) -> bool:
        return Level(0, ("a",), Answer(during), Answer(outside)).applies(0.0)

    assert applies()
    assert not applies(during=False)
    assert not applies(outside=True)
    assert applies(during=None, outside=None)


def test_those_who_were_notified_are_told_once_that_an_alert_has_ended() -> None:
    ended = replace(ALERT, ends=2000.0)
    policy = replace(POLICY, resolved=frozenset({"a", "c"}))
    sent = [event(EventKind.INTENDED, "a"), event(EventKind.SENT, "a")]
    key = "id/resolved/0/a"
    notices = [AlertEvent("id", kind, 2000.0, key=key, attempt=1) for kind in (EventKind.INTENDED, EventKind.SENT)]

    assert next_steps(ended, policy, [], 2000.0) == ()
    assert [(step.key, step.stage) for step in next_steps(ended, policy, sent, 2000.0)] == [(key, Stage.RESOLVED)]
    assert next_steps(ended, policy, [*sent, *notices], 2000.0) == ()
    assert next_steps(ended, policy, sent, 2000.0 + 2 * 86_400) == ()


def test_a_digest_waits_for_the_next_business_day_and_has_ended_alerts_too() -> None:
    hours = BusinessHours(ZoneInfo("UTC"), frozenset(range(5)), time(8), time(18))
    policy = Policy("low", frozenset({"low"}), digest=Digest(hours, ("mail",)))
    friday = datetime(2026, 11, 27, 17, tzinfo=UTC).timestamp()
    monday = datetime(2026, 11, 30, 8, tzinfo=UTC).timestamp()
    alert = Alert("id", "f", {"severity": "low"}, {}, starts=friday, ends=friday + 60)

    assert next_steps(alert, policy, [], monday - 1) == ()
    assert [step.stage for step in next_steps(alert, policy, [], monday)] == [Stage.DIGEST]


def test_a_failed_notification_is_tried_again_later_each_time_and_not_forever() -> None:
    failed = [event(EventKind.INTENDED, "a"), event(EventKind.FAILED, "a")]
    last = [event(kind, "a", attempt=n + 1) for kind in (EventKind.INTENDED, EventKind.FAILED) for n in range(10)]
    waits = [backoff("id/level/1/a", failures) for failures in range(1, MOST_FAILURES)]

    assert "a" not in due(ALERT, failed, 305)
    assert next_steps(ALERT, POLICY, failed, 1320.0)[0] == Step("id/level/1/a", 1, "a", attempt=2)
    assert waits[:5] == sorted(waits[:5])
    assert all(0.75 * 15 <= wait <= 750 for wait in waits)
    assert "a" not in due(ALERT, last, 9000)


def test_an_unknown_outcome_is_tried_again_under_the_same_key_when_no_sender_can_be_waiting() -> None:
    begun = [event(EventKind.INTENDED, "a")]

    assert due(ALERT, begun, 300) == ["b"]
    step = next_steps(ALERT, POLICY, begun, 1300.0 + UNSURE_SECONDS)[0]
    assert step == Step("id/level/1/a", 1, "a", attempt=2, may_repeat=True)


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
        assert set(escalator.received) == {f"id/level/{place}" for place in ("1/a", "1/b", "2/c", "3/d")}
    else:
        assert len(escalator.received) == before
