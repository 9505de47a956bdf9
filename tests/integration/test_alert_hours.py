"""Who is notified in and out of business hours, by a real Alertmanager with the shipped routes.

Alertmanager reads the clock of the machine. The intervals of the routes are moved instead: into a time zone in which it
is the hour of the case, and by as many weekdays as today is away from the day of the case.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests.alertmanager_kit import shipped_routes
from tests.receivers_kit import Receivers, receivers
from tests.servers import ROOT, Server, alertmanager, running, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SETTLED_SECONDS = 3.0  # routes wait a second for a group
WEB = {"pagerduty": "/v2/enqueue", "slack": "/services/am", "sms": "/sns"}
MAIL = {"teams": "stakeholders-channel", "lead": "team-lead", "team": "team@"}


def moved(config: dict[str, Any], day: str, hour: int, now: datetime) -> dict[str, Any]:
    """The configuration with intervals in which `now` is that day and hour."""
    offset = (hour - now.hour + 11) % 24 - 11  # hours east of Greenwich, -11 to 12
    zone = f"Etc/GMT{-offset:+d}"  # whose sign is the other way round
    shift = (now + timedelta(hours=offset)).weekday() - DAYS.index(day)
    for interval in config["time_intervals"]:
        for part in interval["time_intervals"]:
            assert part["weekdays"] == ["monday:friday"]
            part |= {"location": zone, "weekdays": [DAYS[(number + shift) % 7] for number in range(5)]}
    return config


@contextmanager
def site(folder: Path, day: str, hour: int) -> Iterator[tuple[Server, Receivers]]:
    with receivers() as receiver:
        config = shipped_routes(ROOT / "alerts" / "alertmanager.yml", folder, receiver, has_hours=True)
        path = folder / "alertmanager.yml"
        path.write_text(yaml.safe_dump(moved(config, day, hour, datetime.now(UTC))))
        with running(alertmanager(folder / "data", path)) as manager:
            yield manager, receiver


def notified(receiver: Receivers) -> set[str]:
    """The channels that have got something."""
    web = {name for name, path in WEB.items() if receiver.requests_to(path)}
    return web | {name for name, address in MAIL.items() if receiver.mails_to(address)}


@pytest.mark.parametrize(
    ("severity", "day", "hour", "channels"),
    [
        ("critical", "wednesday", 12, {"pagerduty", "slack", "teams"}),
        ("critical", "monday", 8, {"pagerduty", "slack", "teams"}),
        ("critical", "monday", 7, {"pagerduty", "slack", "teams", "sms"}),
        ("critical", "friday", 18, {"pagerduty", "slack", "teams", "sms"}),
        ("critical", "wednesday", 3, {"pagerduty", "slack", "teams", "sms"}),
        ("critical", "saturday", 12, {"pagerduty", "slack", "teams", "sms"}),
        ("high", "wednesday", 12, {"lead", "slack"}),
        ("high", "sunday", 3, {"lead", "slack"}),
        ("medium", "sunday", 3, {"team"}),
        ("low", "tuesday", 8, {"team"}),  # the digest
        ("low", "tuesday", 12, set()),
        ("low", "saturday", 8, set()),
    ],
)
def test_an_alert_reaches_the_channels_of_its_severity_and_hour(
    severity: str, day: str, hour: int, channels: set[str], tmp_path: Path
) -> None:
    with site(tmp_path, day, hour) as (manager, receiver):
        labels = {"alertname": "ErrorBurst", "severity": severity, "environment": "production"}
        body = [{"labels": labels, "annotations": {"headline": "11 % of requests fail"}}]
        requests.post(f"{manager.url}/api/v2/alerts", json=body, timeout=5).raise_for_status()
        wait_until(lambda: notified(receiver) >= channels, 30)
        time.sleep(SETTLED_SECONDS)  # until what must not be sent would have been

        assert notified(receiver) == channels
