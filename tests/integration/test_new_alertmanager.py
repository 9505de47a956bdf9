"""The configuration for Alertmanager 0.31 and newer, which writes to Microsoft Teams itself, on such a server.

An older one does not start with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import yaml

from tests.alertmanager_kit import shipped_routes
from tests.receivers_kit import Receivers, receivers
from tests.require import built
from tests.servers import ROOT, Server, alertmanager, running, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

LABELS = {"alertname": "ErrorBurst", "severity": "critical", "environment": "production"}
NOTES = {
    "headline": "11 % of requests fail",
    "value": "11 %",
    "threshold": "5 %",
    "where": "POST /v1/chat/completions",
    "dashboard": "/overview",
    "runbook": "/runbooks/error-burst",
    "description": "Many requests fail.",
}


@dataclass(frozen=True)
class Site:
    """An Alertmanager and what its receivers have got."""

    manager: Server
    receiver: Receivers

    def post(self, **more: str) -> None:
        """The alert, as Prometheus sends it."""
        body = [{"labels": LABELS, "annotations": NOTES, **more}]
        requests.post(f"{self.manager.url}/api/v2/alerts", json=body, timeout=5).raise_for_status()

    def cards(self, word: str) -> list[str]:
        """The texts of the cards that Teams got in which a word is."""
        bodies = [json.dumps(message.body, ensure_ascii=False) for message in self.receiver.requests_to("/teams")]
        return [text for text in bodies if word in text]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    program = built("alertmanager")
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)  # with it, this version cannot send text messages by SNS at all
    with receivers() as receiver:
        config = shipped_routes(ROOT / "alerts" / "alertmanager-0.31.yml", tmp_path, receiver)
        (tmp_path / "alertmanager.yml").write_text(yaml.safe_dump(config))
        with running(alertmanager(tmp_path / "data", tmp_path / "alertmanager.yml", program=program)) as manager:
            yield Site(manager, receiver)


def test_teams_gets_a_card_about_the_alert_and_one_about_its_end_beside_the_other_channels(site: Site) -> None:
    site.post()
    wait_until(lambda: bool(site.cards("Critical: ErrorBurst")), 60)
    card = site.cards("Critical: ErrorBurst")[0]
    for text in ("AdaptiveCard", "11 % of requests fail", "11 %", "limit 5 %", "/runbooks/error-burst"):
        assert text in card

    for path in ("/v2/enqueue", "/services/am", "/sns"):
        wait_until(lambda path=path: bool(site.receiver.requests_to(path)), 60)
    site.post(endsAt=datetime.now(UTC).isoformat())
    wait_until(lambda: bool(site.cards("Resolved: ErrorBurst")), 60)
    assert site.receiver.mails == []  # an e-mail in place of Teams is for older ones only
