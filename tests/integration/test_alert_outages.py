"""The alert history on PostgreSQL, and the alerts page while its sources are away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.alerting.write_requests import HEADER
from app.factory import create_app
from app.settings import Settings
from tests.postgres_kit import address_of, postgres
from tests.servers import ROOT, Server, alertmanager, prometheus, running, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

RULE = """
groups:
  - name: test
    interval: 1s
    rules:
      - alert: ErrorBurst
        expr: vector(11) > 5
        labels: {severity: critical}
        annotations: {headline: 11 % of requests fail, value: 11 %, threshold: 5 %}
"""
CONFIG = """
global: {{evaluation_interval: 1s}}
rule_files: [{rules}]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}]}}
"""


@dataclass(frozen=True)
class Site:
    """A client of an app on three real servers."""

    viewer: FlaskClient
    servers: dict[str, Server]

    def part(self, name: str, query: str = "") -> str:
        return str(self.viewer.get(f"/api/explore/alerts{query}").get_json()["parts"][name])

    def write(self, method: str, path: str, **body: Any) -> Any:
        token = self.viewer.get("/api/alerts/write-token").get_json()["write_token"]
        sent = self.viewer.open(path, method=method, json={"user": "Ada", **body}, headers={HEADER: token})
        assert sent.status_code in (200, 201), sent.get_data(as_text=True)
        return sent.get_json()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An alert fires, and the app has read it."""
    folder = tmp_path_factory.mktemp("outages")
    (folder / "rules.yml").write_text(RULE)
    manager = alertmanager(folder / "am", ROOT / "alerts" / "alertmanager-demo.yml")
    config = CONFIG.format(rules=folder / "rules.yml", port=manager.port)
    with postgres() as store, running(manager), running(prometheus(folder / "prometheus", config)) as metrics:
        address = address_of(store)
        settings = Settings(prometheus_url=metrics.url, alertmanager_url=manager.url, alert_store_url=address)
        app = create_app(settings)
        assert app.notifier is not None
        viewer = app.server.test_client()
        site = Site(viewer, {"Prometheus": metrics, "Alertmanager": manager, "The alert history": store})
        app.notifier.start()
        wait_until(lambda: "data-acknowledge" in site.part("list"), 40)
        yield site
        app.notifier.close()
        app.engine.close()


def test_the_history_on_postgresql_keeps_acknowledgements_silences_and_notes(site: Site) -> None:
    (alert,) = site.viewer.get("/api/alerts").get_json()["alerts"]
    site.write("POST", f"/api/alerts/{alert['id']}/acknowledge", comment="rolling back")
    assert "acknowledged by Ada" in site.part("list")

    matchers = [{"name": "alertname", "value": "ErrorBurst"}]
    silence = site.write("POST", "/api/alerts/silences", matchers=matchers, minutes=5, comment="deploy")["id"]
    site.write("POST", f"/api/alerts/silences/{silence}", minutes=10)
    site.write("DELETE", f"/api/alerts/silences/{silence}")
    detail = site.part("detail", "?rule=ErrorBurst")
    for text in ("acknowledged", "rolling back", "silenced", "silence extended", "silence ended", "deploy"):
        assert text in detail
    assert len(re.findall("<td>Ada</td>", detail)) == 4

    note = site.write("POST", "/api/incident/notes", text="The deployment was rolled back.")
    assert note["author"] == "Ada"
    assert "The deployment was rolled back." in str(
        site.viewer.get("/api/explore/incident?from=now-1h&to=now").get_json()["parts"]
    )
    wait_until(lambda: "alerts-acknowledged" in site.part("list"), 20)


def test_while_its_sources_are_away_the_page_says_so_and_shows_the_last_alerts_with_their_age(site: Site) -> None:
    for server in site.servers.values():
        server.stop()
    away = [
        re.compile(rf'notes partial">{name}[^<]*\. These are the alerts of <time data-t="\d+"') for name in site.servers
    ]
    wait_until(lambda: all(reason.search(site.part("list")) for reason in away), 30)

    html = site.part("list")

    assert "11 % of requests fail" in html
    assert "acknowledged by Ada" in html
