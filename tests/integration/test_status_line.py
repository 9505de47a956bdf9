"""The status line and the outages of a whole app, with backends that are away, slow or not what they should be."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.factory import create_app
from app.settings import Settings
from pages import BOARDS
from tests.servers import free_port

pytestmark = pytest.mark.integration
EMPTY = b'{"status":"success","data":{"resultType":"matrix","result":[]}}'


@contextmanager
def backend(
    code: int = 200, body: bytes = b"[]", pause: float = 0.0, headers: tuple[str, str] = ("X-A", "b")
) -> Iterator[str]:
    """A server that answers everything alike; with a `pause` one byte after the other."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            try:
                self.send_response(code)
                self.send_header("Content-Length", str(len(body)))
                self.send_header(*headers)
                self.end_headers()
                for index in range(len(body)):
                    self.wfile.write(body[index : index + 1])
                    time.sleep(pause)
            except OSError:
                return

        def log_message(self, *arguments: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def client(prometheus: str, alertmanager: str) -> Iterator[FlaskClient]:
    """A client of an app on these backends."""
    app = create_app(Settings(prometheus_url=prometheus, alertmanager_url=alertmanager, deadline_seconds=1.5))
    try:
        yield app.server.test_client()
    finally:
        app.engine.close()


def refresh(of: FlaskClient, board: str, more: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = of.get(f"/api/boards/{board}/refresh?from=now-1h&to=now&w=s{more}").get_json()
    return answer


@pytest.mark.parametrize("board", BOARDS)
def test_a_prometheus_that_is_away_is_an_outage_and_never_normal_although_no_alert_fires(board: str) -> None:
    with backend() as alertmanager, client(f"http://127.0.0.1:{free_port()}", alertmanager) as viewer:
        answer = refresh(viewer, board)

    assert answer["sentence"]["status"] == "unknown"
    assert "Normal" not in answer["sentence"]["text"]
    assert [outage["source"] for outage in answer["outages"]] == ["Prometheus"]
    assert answer["outages"][0]["since"] <= time.time()
    assert answer["outages"][0]["data_until"] is None


@pytest.mark.parametrize(
    ("code", "body", "word"),
    [
        (302, b"", "redirects"),
        (200, b"<html>Sign in</html>", "not as Prometheus does"),
        (401, b"", "credentials"),
        (503, b"", "busy or failing"),
    ],
)
def test_a_page_in_place_of_prometheus_is_an_outage_with_its_reason(code: int, body: bytes, word: str) -> None:
    with (
        backend(code, body, headers=("Location", "/login")) as prometheus,
        backend() as alertmanager,
        client(prometheus, alertmanager) as viewer,
    ):
        answer = refresh(viewer, "overview")

    assert answer["sentence"]["status"] == "unknown"
    assert word in answer["outages"][0]["text"]


def test_an_alertmanager_that_drips_keeps_nobody() -> None:
    with (
        backend(200, EMPTY) as prometheus,
        backend(200, b" " * 60 + b"[]", pause=0.5) as alertmanager,
        client(prometheus, alertmanager) as viewer,
    ):
        begun = time.monotonic()
        answer = refresh(viewer, "overview")
        took = time.monotonic() - begun

    assert took < 6
    assert answer["sentence"]["status"] == "unknown"


def test_a_phone_s_first_panels_do_not_speak_for_those_it_has_not_asked_for() -> None:
    """Some panels answered, the others are still awaited: that is not yet normal."""
    panels = ",".join(panel.id for panel in BOARDS["overview"].panels[:2])
    with (
        backend(200, EMPTY, pause=0.02) as prometheus,
        backend() as alertmanager,
        client(prometheus, alertmanager) as viewer,
    ):
        answer = refresh(viewer, "overview", f"&panels={panels}&status=board")

    assert answer["sentence"]["status"] == "unknown"
    assert f"of {len(BOARDS['overview'].panels)} panels" in answer["sentence"]["text"]


def test_the_first_html_of_a_phone_is_not_normal_before_the_data_have_come() -> None:
    with (
        backend(200, EMPTY, pause=0.05) as prometheus,
        backend() as alertmanager,
        client(prometheus, alertmanager) as viewer,
    ):
        html = viewer.get("/overview", headers={"Sec-CH-UA-Mobile": "?1"}).get_data(as_text=True)

    assert "shape-unknown" in html
    assert "All normal" not in html
