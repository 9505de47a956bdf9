"""The share dialog's requests: links are created by named users from pages of this app, listed and revoked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from app.factory import App, create_app
from app.settings import Settings

BODY: dict[str, Any] = {
    "board": "overview",
    "panel": "error-rate",
    "from": "now-6h",
    "filters": {"environment": ["prod"]},
    "days": 7,
}
ANN = {"X-User": "ann"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("links")
    (folder / "key").write_text("a key of more than sixteen characters")
    instance = create_app(
        Settings(
            prometheus_url="http://127.0.0.1:9",
            deadline_seconds=1.0,
            link_key_file=folder / "key",
            alert_store_url=f"sqlite:///{folder}/alerts.db",
            user_header="X-User",
            public_url="https://d.example",
        )
    )
    yield instance
    instance.engine.close()


@pytest.fixture
def client(app: App) -> FlaskClient:
    return app.server.test_client()


def test_a_link_is_created_works_is_listed_and_revoked(client: FlaskClient) -> None:
    created = client.post("/api/links", json=BODY, headers=ANN)
    assert created.status_code == 201
    link = created.get_json()
    for address in (link["embed"], link["picture"]):
        assert client.get(address).status_code == 200
        assert client.get(address.replace("prod", "dev")).status_code == 403

    listed = client.get("/api/links").get_json()
    assert (listed["signed"], listed["revocable"], listed["named"]) == (True, True, True)
    assert listed["base"] == "https://d.example"
    (row,) = [row for row in listed["links"] if row["id"] == link["id"]]
    assert (row["path"], row["actor"], row["revoked"]) == ("/embed/overview/error-rate", "ann", 0.0)
    assert parse_qs(urlsplit(link["embed"]).query)["sig"][0] not in client.get("/api/links").get_data(as_text=True)

    assert client.delete(f"/api/links/{link['id']}", json={}, headers=ANN).status_code == 200
    assert [client.get(address).status_code for address in (link["embed"], link["picture"])] == [410, 410]


def test_a_link_shows_no_longer_range_than_its_creator_allows(client: FlaskClient) -> None:
    link = client.post("/api/links", json={**BODY, "longest": "12h"}, headers=ANN).get_json()

    addresses = [link["embed"].replace("now-6h", start) for start in ("now-6h", "now-12h", "now-13h")]
    assert [client.get(address).status_code for address in addresses] == [200, 200, 403]


@pytest.mark.parametrize(("longest", "field"), [("1h", ""), ("2y", "longest"), ("0d", "longest")])
def test_a_largest_range_that_is_none_or_shorter_than_the_view_is_refused(
    client: FlaskClient, longest: str, field: str
) -> None:
    answer = client.post("/api/links", json={**BODY, "longest": longest}, headers=ANN)

    assert answer.status_code in (400, 403)
    assert answer.get_json()["error"]["sentence"]
    assert answer.get_json()["error"]["field"] == field


def test_a_board_has_no_picture(client: FlaskClient) -> None:
    link = client.post("/api/links", json={**BODY, "panel": ""}, headers=ANN).get_json()
    assert link["picture"] == ""
    assert client.get(link["embed"]).status_code == 200


def test_a_free_filter_may_be_changed_in_the_address(client: FlaskClient) -> None:
    body = {**BODY, "free": ["environment"], "filters": {}}
    link = client.post("/api/links", json=body, headers=ANN).get_json()
    assert client.get(f"{link['embed']}&environment=any").status_code == 200
    assert client.get(f"{link['embed']}&endpoint=/v1").status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ],
)
def test_a_page_of_another_site_can_neither_create_nor_revoke(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.post("/api/links", json=BODY, headers={**ANN, **headers}).status_code == 403
    assert client.delete("/api/links/x", json={}, headers={**ANN, **headers}).status_code == 403


def test_a_form_of_another_site_is_no_json(client: FlaskClient) -> None:
    answer = client.post("/api/links", data='{"board": "overview"}', content_type="text/plain", headers=ANN)
    assert answer.status_code == 400


def test_nobody_writes_without_a_name(client: FlaskClient) -> None:
    assert client.post("/api/links", json={**BODY, "user": "typed"}).status_code == 403
    assert client.delete("/api/links/x", json={"user": "typed"}).status_code == 403


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"board": "nothing"}, 404),
        ({"panel": "nothing"}, 404),
        ({"days": -1}, 400),
        ({"days": 1e9}, 400),
        ({"filters": {"nothing": ["x"]}}, 400),
        ({"free": ["nothing"]}, 400),
        ({"from": "yesterday"}, 400),
        ({"other": 1}, 400),
        ({"days": "x"}, 400),
        ({"board": "runbooks", "panel": ""}, 404),
    ],
)
def test_what_cannot_be_linked_is_refused(client: FlaskClient, change: dict[str, Any], status: int) -> None:
    assert client.post("/api/links", json={**BODY, **change}, headers=ANN).status_code == status


def test_without_a_key_nothing_is_signed() -> None:
    app = create_app(Settings(prometheus_url="http://127.0.0.1:9", deadline_seconds=1.0))
    client = app.server.test_client()
    listed = client.get("/api/links").get_json()
    assert (listed["signed"], listed["revocable"], listed["links"]) == (False, False, [])
    answer = client.post("/api/links", json={**BODY, "user": "ann"})
    assert answer.status_code == 403
    assert "CODEAGENT_LINK_KEY_FILE" in answer.get_json()["error"]["hint"]
    app.engine.close()


def test_without_a_store_a_link_has_to_expire(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a key of more than sixteen characters")
    app = create_app(
        Settings(prometheus_url="http://127.0.0.1:9", deadline_seconds=1.0, link_key_file=tmp_path / "key")
    )
    client = app.server.test_client()
    body = {**BODY, "user": "ann"}
    assert client.post("/api/links", json={**body, "days": 0}).status_code == 400
    assert client.post("/api/links", json=body).status_code == 201
    assert client.get("/api/links").get_json()["revocable"] is False
    assert client.delete("/api/links/x", json={"user": "ann"}).status_code == 403
    app.engine.close()
