"""`/api/push`: who may subscribe a browser and remove one, and what is kept from answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.alerting.push.keys import create_key
from app.alerting.write_requests import HEADER
from app.factory import create_app
from app.settings import Settings, SettingsError
from tests.push_kit import FakeBrowser

ENDPOINT = "https://localhost:9/secret-of-the-browser"
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


def settings(folder: Path, **more: Any) -> Settings:
    key = folder / "push.pem"
    if not key.exists():
        create_key(key)
    values = {
        "prometheus_url": "http://127.0.0.1:9",
        "deadline_seconds": 1.0,
        "alert_store_url": f"sqlite:///{folder}/alerts.db",
        "push_key_file": key,
        "push_contact": "mailto:operations@example.org",
        "push_hosts": ("localhost",),
    }
    return Settings(**{**values, **more})


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return create_app(settings(tmp_path)).server.test_client()


def listed(client: FlaskClient) -> Any:
    return client.get("/api/push").get_json()


def body(**more: Any) -> dict[str, Any]:
    return {"endpoint": ENDPOINT, "keys": FakeBrowser().keys, "device": "Firefox on Linux", "user": "Ada", **more}


def subscribe(client: FlaskClient, content: dict[str, Any], **headers: str) -> TestResponse:
    sent = {HEADER: listed(client)["write_token"], **SAME_SITE, **headers}
    return client.post("/api/push/subscriptions", json=content, headers=sent)


def test_a_browser_is_subscribed_listed_and_removed(client: FlaskClient) -> None:
    answer = subscribe(client, body())
    assert answer.status_code == 201

    (row,) = listed(client)["subscriptions"]
    assert (row["user"], row["device"]) == ("Ada", "Firefox on Linux")
    headers = {HEADER: listed(client)["write_token"], **SAME_SITE}
    path = f"/api/push/subscriptions/{row['id']}"
    assert client.delete(path, json={"user": "Grace"}, headers=headers).status_code == 200
    assert listed(client)["subscriptions"] == []
    assert client.delete(path, json={"user": "Grace"}, headers=headers).status_code == 404


def test_no_answer_has_the_secrets_of_a_browser(client: FlaskClient) -> None:
    content = body()
    texts = subscribe(client, content).text + client.get("/api/push").text

    assert "secret-of-the-browser" not in texts
    assert content["keys"]["auth"] not in texts


@pytest.mark.parametrize(
    "headers", [{HEADER: "guessed"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://attacker.example"}]
)
def test_other_sites_can_neither_subscribe_nor_remove(client: FlaskClient, headers: dict[str, str]) -> None:
    assert subscribe(client, body(), **headers).status_code == 403
    (row_id,) = [subscribe(client, body()).get_json()["id"]]
    sent = {HEADER: listed(client)["write_token"], **SAME_SITE, **headers}
    assert client.delete(f"/api/push/subscriptions/{row_id}", json={"user": "Eve"}, headers=sent).status_code == 403
    assert len(listed(client)["subscriptions"]) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "http://localhost/a"},
        {"endpoint": "https://127.0.0.1/a"},
        {"endpoint": "https://[::1]/a"},
        {"endpoint": "https://169.254.169.254/latest/meta-data"},
        {"endpoint": "https://localhost/" + "a" * 2_000},
        {"endpoint": 7},
        {"keys": {}},
        {"keys": "x"},
        {"keys": {"p256dh": "AAAA", "auth": "AAAA"}},
        {"device": "x" * 1_000},
        {"user": ""},
    ],
)
def test_what_no_browser_sends_is_refused_with_a_reason(client: FlaskClient, change: dict[str, Any]) -> None:
    answer = subscribe(client, body(**change))

    assert answer.status_code == 400
    assert answer.get_json()["error"]["sentence"]
    assert listed(client)["subscriptions"] == []


def test_the_proxys_user_subscribes_and_not_the_typed_one(tmp_path: Path) -> None:
    client = create_app(settings(tmp_path, user_header="X-User")).server.test_client()

    assert subscribe(client, body()).status_code == 403
    assert subscribe(client, body(), **{"X-User": "Grace"}).get_json()["user"] == "Grace"


def test_without_a_key_there_is_nothing(tmp_path: Path) -> None:
    client = create_app(settings(tmp_path, push_key_file=None)).server.test_client()

    assert "public_key" not in client.get("/api/push").text
    assert "data-push" not in client.get("/alerts").text


@pytest.mark.parametrize("missing", ["alert_store_url", "push_contact"])
def test_what_the_key_needs_is_named(tmp_path: Path, missing: str) -> None:
    with pytest.raises(SettingsError, match=f"CODEAGENT_{missing.upper()}"):
        create_app(settings(tmp_path, **{missing: ""}))


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "push.pem").write_text("no key")
    with pytest.raises(SettingsError, match="push create-key"):
        create_app(settings(tmp_path))


def test_where_no_pages_are_stored_the_worker_still_shows_notifications(tmp_path: Path) -> None:
    client = create_app(settings(tmp_path, store_pages=False)).server.test_client()
    text = client.get("/service-worker.js").text

    assert '"push"' in text
    assert '"fetch"' not in text
    assert "caches.delete" in text
