"""What Dash would answer with 500 is refused with a reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.factory import create_app
from app.settings import Settings
from tests.unit.app.fuzz_kit import CALLBACK

ADDRESS = "/_dash-update-component"


@pytest.fixture(scope="module")
def client() -> Iterator[FlaskClient]:
    app = create_app(Settings(prometheus_url="http://127.0.0.1:9"))
    yield app.server.test_client()
    app.engine.close()


def opened(pathname: Any, search: Any) -> dict[str, Any]:
    """The callback of a page that is opened at that address."""
    body: dict[str, Any] = json.loads(json.dumps(CALLBACK))
    for item, value in zip(body["inputs"], (pathname, search), strict=True):
        item["value"] = value
    return body


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b"1", b'"x"', b"[" * 50_000, b"\xff\xfe", b"{}", b'{"output": []}',
        b'{"output": "nothing.x"}', b'{"output": ".."}', b'{"output": "tick-marker.title", "inputs": []}',
        *(json.dumps({**CALLBACK, name: value}).encode()
          for name in ("inputs", "outputs", "state", "changedPropIds", "output")
          for value in (None, 1, "x", {}, [None], [[]], [{"id": {}, "property": 1}])),
        json.dumps(opened(None, "")).encode(), json.dumps(opened("overview", "")).encode(),
        json.dumps(opened(["/overview"], "")).encode(), json.dumps(opened("/overview", {})).encode(),
    ],
)  # fmt: skip
def test_a_malformed_callback_is_a_bad_request(client: FlaskClient, body: bytes) -> None:
    answer = client.post(ADDRESS, data=body, content_type="application/json")

    assert answer.status_code == 400
    assert answer.get_json()["error"]["sentence"]


def test_a_callback_too_large_is_refused(client: FlaskClient) -> None:
    assert client.post(ADDRESS, data=b" " * 70_000, content_type="application/json").status_code == 413


@pytest.mark.parametrize(
    ("pathname", "search"),
    [
        ("/about", "?self=1&cls=2"),
        ("/about", "?" + "&".join(f"x{n}=1" for n in range(2_000))),
        ("/nowhere", ""),
        ("/", "?%zz=%00"),
        ("/overview", ""),
    ],
)
def test_odd_parameters_of_a_page_still_give_a_page(client: FlaskClient, pathname: str, search: str) -> None:
    assert client.post(ADDRESS, json=opened(pathname, search)).status_code == 200


@pytest.mark.parametrize("path", ["dash/nothing.js", "sys/x.js", "dash/", "dash/../dash.py", "x/y", "plotly/a.v1m1.js"])
def test_a_script_that_does_not_exist_is_404(client: FlaskClient, path: str) -> None:
    assert client.get(f"/_dash-component-suites/{path}").status_code == 404


def test_a_kept_page_finds_its_scripts_in_a_new_process_before_any_page_was_asked_for() -> None:
    app = create_app(Settings(prometheus_url="http://127.0.0.1:9"))
    try:
        first = app.server.test_client().get("/_dash-component-suites/dash/dcc/async-graph.js")
        assert first.status_code == 200
    finally:
        app.engine.close()


@pytest.mark.parametrize("path", ["/api/nothing", "/api/push", "/api/boards/overview/nothing"])
def test_an_unknown_data_address_is_not_a_page(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert "docs/api.md" in answer.get_json()["error"]["hint"]
