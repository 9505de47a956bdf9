"""The report as a file stands alone, and only named users of this app's own pages add notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from app.alerting.history import History
from app.alerting.notes import Notes
from app.incident_api import IncidentApi, blueprint
from app.incident_records import StoredRecords
from pages.session import Stores
from queries.metrics.stats import Stats
from queries.stores.query_cache import QueryCache
from tests.unit.pages.changes.test_page import FROM, NOW, TO
from tests.unit.pages.incident.test_incident_page import MetricsWithFirings

NOTE = {"time": NOW - 900, "text": "Rolled <b>back</b>", "user": "Ada"}
RANGE = f"from={FROM}&to={TO}"


def client_of(folder: Path, user_header: str = "", has_store: bool = True) -> FlaskClient:
    server = Flask("test")
    history = History(f"sqlite:///{folder}/alerts.db")
    notes = Notes(history.transaction)
    cache = QueryCache(Stats(CollectorRegistry()))
    stores = Stores(cache, seconds=30.0, metrics=MetricsWithFirings(), incidents=StoredRecords(history, notes))
    api = IncidentApi(stores, notes if has_store else None, user_header, lambda: NOW)
    server.register_blueprint(blueprint(api))
    return server.test_client()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    with client_of(tmp_path) as instance:
        yield instance


def test_a_note_is_in_the_exported_file(client: FlaskClient) -> None:
    assert client.post("/api/incident/notes", json=NOTE).status_code == 201

    html = client.get(f"/api/incident/export?{RANGE}").text

    assert "Rolled &lt;b&gt;back&lt;/b&gt;" in html
    assert "Ada" in html


def test_the_file_needs_no_script_and_no_server(client: FlaskClient) -> None:
    answer = client.get(f"/api/incident/export?{RANGE}")

    assert answer.headers["Content-Disposition"].startswith('attachment; filename="incident-')
    assert not re.search(r"<script|<link|<img|<a |\bsrc=|\bhref=|url\(|@import", answer.text)
    assert "var(--" not in answer.text
    assert "<svg" in answer.text


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"user": ""}, 400),
        ({"text": " "}, 400),
        ({"text": "x" * 2_001}, 400),
        ({"time": "noon"}, 400),
        ({"time": -1}, 400),
        ({"time": True}, 400),
    ],
)
def test_a_note_that_is_not_valid_is_refused(client: FlaskClient, change: dict[str, object], status: int) -> None:
    assert client.post("/api/incident/notes", json={**NOTE, **change}).status_code == status


def test_other_sites_cannot_write(client: FlaskClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/api/incident/notes", json=NOTE, headers=headers).status_code == 403
    assert client.post("/api/incident/notes", data="{}", content_type="text/plain").status_code == 400


def test_the_proxys_user_counts_and_not_the_typed_one(tmp_path: Path) -> None:
    client = client_of(tmp_path, "X-User")

    assert client.post("/api/incident/notes", json=NOTE).status_code == 403
    answer = client.post("/api/incident/notes", json=NOTE, headers={"X-User": "grace"})
    assert answer.get_json()["author"] == "grace"


def test_without_a_store_notes_are_refused_with_the_setting(tmp_path: Path) -> None:
    answer = client_of(tmp_path, has_store=False).post("/api/incident/notes", json=NOTE)

    assert answer.status_code == 403
    assert "CODEAGENT_ALERT_STORE_URL" in answer.text
