"""The backend's clock is compared with ours: what is old must not pass for new."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from queries.core.deadline import Deadline
from queries.metrics.prometheus.http_api import Connection, HttpApi


class Dated(BaseHTTPRequestHandler):
    """Answers everything, dated as far off as the path says, in seconds."""

    def do_GET(self) -> None:
        self.send_response_only(200)
        self.send_header("Date", formatdate(time.time() + int(self.path.strip("/")), usegmt=True))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def api() -> Iterator[HttpApi]:
    server = HTTPServer(("127.0.0.1", 0), Dated)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    created = HttpApi(Connection("Prometheus", f"http://127.0.0.1:{server.server_port}"))
    yield created
    created.close()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("off", [7_200, -3_600, 90, 0])
def test_the_difference_is_known_after_an_answer(api: HttpApi, off: int) -> None:
    api.ask(f"/{off}", {}, Deadline.after(20))
    assert api.clock_skew == pytest.approx(off, abs=2)


def test_equal_clocks_are_not_told_apart_by_the_rounding_of_the_header(api: HttpApi) -> None:
    api.ask("/0", {}, Deadline.after(20))
    assert api.clock_skew == 0
