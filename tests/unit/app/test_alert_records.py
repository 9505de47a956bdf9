"""The alert history as the alerts page reads it: deliveries with their outcome, and acknowledgements."""

from __future__ import annotations

from app.alert_records import recorded
from app.alerting.escalation import UNSURE_SECONDS
from app.alerting.model import Alert, AlertEvent, AlertHistory, EventKind
from queries.alerts.records import Acknowledgement, Outcome, RecordedAlert

NOW = 1_000_000.0
ALERT = Alert("f-1", "f", {"alertname": "ErrorBurst"}, {}, NOW - 600)


def event(kind: EventKind, before: float, channel: str = "", attempt: int = 0, detail: str = "") -> AlertEvent:
    key = f"f-1/level/2/{channel}" if channel else ""
    return AlertEvent("f-1", kind, NOW - before, "ada", detail, key, attempt)


def read(*events: AlertEvent) -> RecordedAlert:
    return recorded(AlertHistory(ALERT, events), NOW)


def test_each_attempt_is_a_delivery_with_its_outcome() -> None:
    alert = read(
        event(EventKind.INTENDED, 300, "slack", 1),
        event(EventKind.FAILED, 299, "slack", 1, "refused"),
        event(EventKind.INTENDED, 200, "slack", 2),
        event(EventKind.SENT, 199, "slack", 2),
    )

    assert [(row.outcome, row.attempt, row.detail, row.instant) for row in alert.deliveries] == [
        (Outcome.FAILED, 1, "refused", NOW - 299),
        (Outcome.SENT, 2, "", NOW - 199),
    ]
    assert {(row.channel, row.purpose) for row in alert.deliveries} == {("slack", "level 2")}


def test_an_attempt_without_an_outcome_is_under_way_and_later_unknown() -> None:
    alert = read(
        event(EventKind.INTENDED, UNSURE_SECONDS - 1, "sms", 1), event(EventKind.INTENDED, UNSURE_SECONDS, "mail", 1)
    )

    assert {row.channel: row.outcome for row in alert.deliveries} == {
        "sms": Outcome.UNDER_WAY,
        "mail": Outcome.UNKNOWN,
    }


def test_a_withdrawn_acknowledgement_stays_in_the_history_only() -> None:
    acknowledged, withdrawn = event(EventKind.ACKNOWLEDGED, 100), event(EventKind.WITHDRAWN, 50)

    assert read(acknowledged).acknowledged == Acknowledgement("ada", NOW - 100)
    assert read(acknowledged, withdrawn).acknowledged is None
    assert [step.kind for step in read(acknowledged, withdrawn).steps] == ["acknowledged", "acknowledgement withdrawn"]
    again = read(acknowledged, withdrawn, event(EventKind.ACKNOWLEDGED, 10)).acknowledged
    assert again == Acknowledgement("ada", NOW - 10)
