"""Messages: what happened, value and limit, since when, links; the same for every channel."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from app.alerting.escalation import Stage, Step
from app.alerting.grouping import Notification, Part
from app.alerting.message import SHORT_CHARACTERS, Composer
from app.alerting.model import Alert, AlertHistory

NOTES = {
    "headline": "11 % of requests fail",
    "where": "/v1/chat/completions 30 %",
    "value": "11 %",
    "threshold": "5 %",
    "description": "Error rate is 11 % for the last 5 minutes",
    "dashboard": "/api-performance?from=now-1h",
    "runbook": "/runbooks/high-error-rate",
}
LABELS = {"alertname": "HighErrorRate", "severity": "critical", "environment": "prod"}
START = 1_767_268_800.0  # 12:00 UTC
COMPOSER = Composer("https://dash.example.org", ZoneInfo("Europe/Berlin"))


def notification(*alerts: Alert, stage: Stage = Stage.LEVEL, level: int = 1) -> Notification:
    labels = {} if stage is Stage.DIGEST else {"alertname": "HighErrorRate", "environment": "prod"}
    parts = tuple(Part(AlertHistory(alert), Step(f"{alert.id}/level/1/x", level, "x")) for alert in alerts)
    return Notification("critical", stage, level, "x", labels, parts)


def firing(number: int = 1, **annotations: str) -> Alert:
    return Alert(f"id{number}", "f", LABELS, {**NOTES, **annotations}, START)


def test_a_message_has_value_limit_since_and_links() -> None:
    message = COMPOSER.message(notification(firing()), START + 250)

    assert message.title == "Critical: HighErrorRate, prod"
    assert message.body.splitlines() == [
        "11 % of requests fail, /v1/chat/completions 30 %",
        "Value 11 %, limit 5 %. Since 13:00 CET (4 min).",
        "Error rate is 11 % for the last 5 minutes",
        "Board: https://dash.example.org/api-performance?from=now-1h",
        "Runbook: https://dash.example.org/runbooks/high-error-rate",
        "Acknowledge or silence: https://dash.example.org/alerts?rule=HighErrorRate",
    ]
    assert message.facts["acknowledge"] == message.link == "https://dash.example.org/alerts?rule=HighErrorRate"
    assert (message.facts["value"], message.facts["threshold"]) == ("11 %", "5 %")


def test_an_ended_alert_has_its_length_and_nothing_to_acknowledge() -> None:
    ended = Alert("id", "f", LABELS, NOTES, START, START + 3_700)
    message = COMPOSER.message(notification(ended, stage=Stage.RESOLVED), START + 3_700)

    assert message.title == "Resolved: HighErrorRate, prod"
    assert "Ended 14:01 CET after 1 h 1 min." in message.body
    assert "Acknowledge" not in message.body
    assert (message.is_resolved, message.facts["status"]) == (True, "resolved")


def test_the_second_level_tells_why_it_is_notified() -> None:
    assert "nobody has acknowledged" in COMPOSER.message(notification(firing(), level=2), START).body


def test_many_alerts_are_counted_and_the_text_message_stays_short() -> None:
    message = COMPOSER.message(notification(*(firing(n, headline="x" * 300) for n in range(50))), START)

    assert message.title == "Critical: HighErrorRate, prod (50)"
    assert message.body.endswith("… and 30 more: https://dash.example.org/alerts")
    assert len(message.short) == SHORT_CHARACTERS


def test_the_key_is_the_same_for_each_attempt_and_the_group_for_the_end_as_well() -> None:
    first, again = (COMPOSER.message(notification(firing()), START + later) for later in (0, 90))
    end = COMPOSER.message(notification(firing(), stage=Stage.RESOLVED), START)

    assert first.key == again.key
    assert first.group == end.group
    assert first.key != COMPOSER.message(notification(firing(2)), START).key


def test_control_characters_and_other_schemes_do_not_reach_a_channel() -> None:
    message = COMPOSER.message(notification(firing(headline="a\r\nBcc: x", runbook="javascript:alert(1)")), START)

    assert "\r" not in message.title + message.body
    assert "Bcc" not in [line.partition(":")[0] for line in message.body.splitlines()]
    assert "javascript" not in message.body


def test_a_message_about_a_firing_alert_has_a_picture_with_the_labels_that_all_alerts_share() -> None:
    composer = replace(COMPOSER, picture=lambda labels, notes, now: f"{notes['runbook']} {now:.0f} {sorted(labels)}")
    other = replace(firing(2), labels={**LABELS, "environment": "staging"})

    message = composer.message(notification(firing(), other), START + 250)

    assert message.picture == message.facts["picture"]
    assert message.picture == f"/runbooks/high-error-rate {START + 250:.0f} ['alertname', 'severity']"


@pytest.mark.parametrize("stage", [Stage.RESOLVED, Stage.DIGEST])
def test_other_messages_have_no_picture(stage: Stage) -> None:
    composer = replace(COMPOSER, picture=lambda *_: "https://dash.example.org/render/x.png")

    assert composer.message(notification(firing(), stage=stage), START + 250).picture == ""
