"""`/api/alerts`: who may report, who may write, and what is answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.alerting.api import AlertsApi, blueprint
from app.alerting.history import History
from app.alerting.write_requests import HEADER

TOKEN = "token-of-a-test"
NOW = 1_000_000.0
PAYLOAD: dict[str, Any] = {
    "version": "4",
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "HighErrorRate", "severity": "critical"},
            "annotations": {"summary": "High error rate"},
            "startsAt": "1970-01-12T13:40:00.123456789Z",
            "endsAt": "0001-01-01T00:00:00Z",
        }
    ],
}


def client_of(folder: Path, user_header: str = "", store: str = "") -> FlaskClient:
    server = Flask("test")
    history = History(store or f"sqlite:///{folder}/alerts.db")
    (folder / "token").write_text(f"{TOKEN}\n")
    server.register_blueprint(blueprint(AlertsApi(history, folder / "token", user_header, lambda: NOW)))
    return server.test_client()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    with client_of(tmp_path) as instance:
        yield instance


def notify(client: FlaskClient, payload: Any = PAYLOAD, token: str = TOKEN) -> TestResponse:
    return client.post("/api/alerts/webhook", json=payload, headers={"Authorization": f"Bearer {token}"})


def content(answer: TestResponse) -> Any:
    return answer.json


def listed(client: FlaskClient) -> Any:
    return content(client.get("/api/alerts"))["alerts"]


def acknowledge(client: FlaskClient, body: Any, **headers: str) -> TestResponse:
    answer = client.get("/api/alerts").json
    assert answer is not None
    sent = {HEADER: answer["write_token"], "Sec-Fetch-Site": "same-origin", **headers}
    return client.post(f"/api/alerts/{answer['alerts'][0]['id']}/acknowledge", json=body, headers=sent)


def test_a_notification_appears_in_the_list(client: FlaskClient) -> None:
    assert notify(client).status_code == 200

    (alert,) = listed(client)

    assert (alert["name"], alert["severity"], alert["starts"]) == ("HighErrorRate", "critical", 999_600.0)
    assert (alert["ends"], alert["acknowledged"]) == (None, None)


@pytest.mark.parametrize("token", ["", "other", "tökén"])
def test_a_notification_needs_the_token(client: FlaskClient, token: str) -> None:
    answer = notify(client, token=token)

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert listed(client) == []


@pytest.mark.parametrize("payload", [[], {"version": "5", "alerts": []}, {"version": "4", "alerts": [{}]}])
def test_other_bodies_are_refused_with_a_reason(client: FlaskClient, payload: Any) -> None:
    answer = notify(client, payload)

    assert answer.status_code == 400
    assert content(answer)["error"]["sentence"]


def test_an_acknowledgement_is_kept_with_its_user(client: FlaskClient) -> None:
    notify(client)

    answer = acknowledge(client, {"user": "Ada", "comment": "rolling back"})

    assert answer.status_code == 200
    assert content(answer)["acknowledged"] == {"user": "Ada", "time": NOW, "comment": "rolling back"}
    assert [item["kind"] for item in content(answer)["events"]] == ["firing", "acknowledged"]


def withdraw(client: FlaskClient, **headers: str) -> TestResponse:
    token = content(client.get("/api/alerts/write-token"))["write_token"]
    sent = {HEADER: token, "Sec-Fetch-Site": "same-origin", **headers}
    address = f"/api/alerts/{listed(client)[0]['id']}/acknowledge"
    return client.delete(address, json={"user": "Grace"}, headers=sent)


def test_an_acknowledgement_can_be_withdrawn_and_both_stay_in_the_history(client: FlaskClient) -> None:
    notify(client)
    acknowledge(client, {"user": "Ada"})

    answer = withdraw(client)

    assert (answer.status_code, content(answer)["acknowledged"]) == (200, None)
    assert [(item["kind"], item["actor"]) for item in content(answer)["events"]][1:] == [
        ("acknowledged", "Ada"),
        ("acknowledgement withdrawn", "Grace"),
    ]
    assert withdraw(client).status_code == 400


def test_other_sites_cannot_withdraw_an_acknowledgement(client: FlaskClient) -> None:
    notify(client)
    acknowledge(client, {"user": "Ada"})

    assert withdraw(client, **{HEADER: "guessed"}).status_code == 403
    assert listed(client)[0]["acknowledged"]["user"] == "Ada"


@pytest.mark.parametrize(
    "headers",
    [
        {HEADER: "guessed"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
    ],
    ids=["token", "cross-site", "same-site", "origin", "opaque origin"],
)
def test_other_sites_cannot_write(client: FlaskClient, headers: dict[str, str]) -> None:
    notify(client)

    assert acknowledge(client, {"user": "Ada"}, **headers).status_code == 403
    assert listed(client)[0]["acknowledged"] is None


def test_the_proxys_user_counts_and_not_the_typed_one(tmp_path: Path) -> None:
    client = client_of(tmp_path, "X-Forwarded-User")
    notify(client)

    assert acknowledge(client, {"user": "Ada"}).status_code == 403
    answer = acknowledge(client, {"user": "Ada"}, **{"X-Forwarded-User": "grace"})
    assert content(answer)["acknowledged"]["user"] == "grace"


@pytest.mark.parametrize(("header", "needs_name"), [("", True), ("X-Forwarded-User", False)])
def test_pages_learn_whether_to_ask_for_a_name(tmp_path: Path, header: str, needs_name: bool) -> None:
    answer = content(client_of(tmp_path, header).get("/api/alerts/write-token"))

    assert answer["needs_name"] is needs_name


def test_a_name_cannot_be_typed_behind_a_proxy_that_tells_no_user(client: FlaskClient) -> None:
    notify(client)

    assert acknowledge(client, {"user": "Ada"}, **{"X-Forwarded-For": "192.0.2.1"}).status_code == 403


@pytest.mark.parametrize("body", [{}, {"user": " "}, {"user": 3}, {"user": "x" * 101}, {"user": "a\x00"}, []])
def test_a_write_needs_a_name(client: FlaskClient, body: Any) -> None:
    notify(client)

    assert acknowledge(client, body).status_code == 400


def test_a_resolved_alert_cannot_be_acknowledged(client: FlaskClient) -> None:
    resolved = {**PAYLOAD["alerts"][0], "status": "resolved", "endsAt": "1970-01-12T13:45:00Z"}
    notify(client, {**PAYLOAD, "alerts": [resolved]})

    assert acknowledge(client, {"user": "Ada"}).status_code == 400


def test_an_alert_that_is_not_there_is_404(client: FlaskClient) -> None:
    assert client.get("/api/alerts/none").status_code == 404


def test_without_its_store_the_webhook_asks_alertmanager_to_send_again(tmp_path: Path) -> None:
    client = client_of(tmp_path, store="postgresql://127.0.0.1:9/alerts")

    answer = notify(client)

    assert answer.status_code == 503
    assert "The alert history" in content(answer)["error"]["sentence"]
