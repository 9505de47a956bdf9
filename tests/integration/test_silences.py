"""Silences with a real Alertmanager: previewed, created, extended and ended, and the alert follows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from app.factory import create_app
from app.settings import Settings
from queries.metrics.alerts import epoch_seconds
from tests.servers import ROOT, Server, alertmanager, free_port, running, wait_until

pytestmark = pytest.mark.integration

LABELS = {"alertname": "ErrorBurst", "severity": "critical", "environment": 'a "quoted" one'}


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An Alertmanager with one firing alert."""
    server = alertmanager(tmp_path_factory.mktemp("alertmanager"), ROOT / "alerts" / "alertmanager-demo.yml")
    with running(server):
        requests.post(f"{server.url}/api/v2/alerts", json=[{"labels": LABELS}], timeout=5).raise_for_status()
        yield server


@pytest.fixture
def viewer(backend: Server) -> Iterator[FlaskClient]:
    """A client of an app whose Prometheus is away."""
    app = create_app(Settings(prometheus_url=f"http://127.0.0.1:{free_port()}", alertmanager_url=backend.url))
    try:
        yield app.server.test_client()
    finally:
        app.engine.close()


def write(viewer: FlaskClient, method: str, path: str = "", **body: Any) -> Any:
    answer = viewer.open(f"/api/alerts/silences{path}", method=method, json={"user": "ana", **body})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def state(backend: Server) -> str:
    (alert,) = requests.get(f"{backend.url}/api/v2/alerts", timeout=5).json()
    return str(alert["status"]["state"])


def listed(viewer: FlaskClient) -> str:
    parts = viewer.get("/api/explore/alerts").get_json()["parts"]
    return str(parts["list"] + parts["silences"])


def test_a_silence_is_previewed_created_extended_and_ended(backend: Server, viewer: FlaskClient) -> None:
    matchers = [{"name": name, "value": value} for name, value in LABELS.items()]

    assert write(viewer, "POST", "/preview", matchers=matchers) == {"alerts": ["ErrorBurst"]}
    assert write(viewer, "POST", "/preview", matchers=[{"name": "alertname", "value": "Other"}]) == {"alerts": []}
    silence = write(viewer, "POST", matchers=matchers, minutes=30, comment="deployment")["id"]
    wait_until(lambda: state(backend) == "suppressed", 10)
    wait_until(lambda: "alerts-silenced" in listed(viewer), 15)
    assert "deployment" in listed(viewer)

    assert write(viewer, "POST", f"/{silence}", minutes=60)["id"] == silence
    (extended,) = requests.get(f"{backend.url}/api/v2/silences", timeout=5).json()
    assert extended["createdBy"] == "ana"
    assert 85 * 60 < epoch_seconds(extended["endsAt"]) - time.time() < 91 * 60

    write(viewer, "DELETE", f"/{silence}")
    wait_until(lambda: state(backend) == "active", 10)


def test_alertmanager_s_refusal_is_explained(viewer: FlaskClient) -> None:
    everything = [{"name": "alertname", "value": ".*", "is_regex": True}]
    answer = viewer.post(
        "/api/alerts/silences", json={"matchers": everything, "minutes": 5, "comment": "x", "user": "ana"}
    )

    assert answer.status_code == 400
    assert "Alertmanager refused the change" in answer.get_json()["error"]["sentence"]
