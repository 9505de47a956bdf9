"""Without sign-in only this machine may ask, and only by a known name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from app.factory import create_app
from app.security import is_allowed
from app.settings import Settings

SECRET = "s3cret"


@pytest.fixture(scope="module")
def client() -> Iterator[FlaskClient]:
    app = create_app(
        Settings(
            prometheus_url=f"http://viewer:{SECRET}@127.0.0.1:9", allowed_hosts=("boards.example", ".team.example")
        )
    )
    yield app.server.test_client()
    app.engine.close()


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost", True), ("localhost:8050", True), ("LOCALHOST.", True), ("app.localhost:1", True),
        ("127.0.0.1:8050", True), ("[::1]:8050", True), ("10.1.2.3", True), ("boards.example:443", True),
        ("Boards.Example.", True), ("a.team.example", True), ("team.example", False), ("evil.example", False),
        ("boards.example.evil.example", False), ("127.0.0.1.evil.example", False), ("localhost:8050@evil", False),
        ("localhost,evil.example", False), ("[::1]evil", False), ("evil.example:localhost", False), ("a b", False),
        ("127.1.evil", False), ("localhost/", False),
    ],
)  # fmt: skip
def test_a_host_is_allowed_by_address_loopback_name_or_setting(host: str, allowed: bool) -> None:
    assert is_allowed(host, ("boards.example", ".team.example")) is allowed


@pytest.mark.parametrize("path", ["/overview", "/api/boards", "/_dash-layout", "/metrics", "/static/x", "/logs", "/"])
def test_a_foreign_name_is_refused_everywhere_and_told_which_setting(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert "CODEAGENT_ALLOWED_HOSTS" in answer.get_data(as_text=True)
    assert client.get(path, headers={"Host": "boards.example"}).status_code != 400


def test_probes_may_ask_by_any_name(client: FlaskClient) -> None:
    assert client.get("/health/live", headers={"Host": "pod-1.cluster"}).status_code == 200
    assert client.get("/health/ready", headers={"Host": "pod-1.cluster"}).status_code == 503


@pytest.mark.parametrize("peer", ["10.0.0.7", "192.0.2.1", "2001:db8::1"])
def test_another_machine_is_refused_however_the_server_was_started(client: FlaskClient, peer: str) -> None:
    assert client.get("/api/boards", environ_base={"REMOTE_ADDR": peer}).status_code == 403


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1", "", "unix:"])
def test_this_machine_may_ask(client: FlaskClient, peer: str) -> None:
    assert client.get("/api/boards", environ_base={"REMOTE_ADDR": peer}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/api/boards/overview/refresh?from=now-1h&to=now",
        "/health/ready",
        "/about",
        "/overview",
        "/api/boards/overview/panels/overview-rate/inspect",
        "/api/boards/overview/filters/endpoint",
        "/metrics",
    ],
)
def test_a_password_in_an_address_is_never_shown(client: FlaskClient, path: str) -> None:
    assert SECRET not in client.get(path).get_data(as_text=True)


def test_a_password_in_an_address_is_never_shown_in_the_pages_of_dash(client: FlaskClient) -> None:
    body = {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}],
        "inputs": [
            {"id": "_pages_location", "property": "pathname", "value": "/about"},
            {"id": "_pages_location", "property": "search", "value": ""},
        ],
        "changedPropIds": ["_pages_location.pathname"],
    }
    text = client.post("/_dash-update-component", json=body).get_data(as_text=True)

    assert "About this app" in text
    assert SECRET not in text
