"""nginx with deploy/proxy/default.conf in front of the app: what many viewers share is asked of the app once."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.serving import make_server

from app.factory import create_app
from app.settings import Settings
from tests.servers import ROOT, backfill, free_port, nginx, prometheus, running, wait_until

pytestmark = pytest.mark.integration

REFRESH = "/api/boards/websocket/refresh?from=now-24h&to=now&w=s"  # good for a minute
SHORT = REFRESH.replace("now-24h", "now-10m")  # good until its step of 15 s ends
STEP = 15
LONGEST = 300  # seconds: a multiple of every step asked for here
SIGN_IN = ("viewer", "open-sesame")
VIEWERS = 60


@dataclass
class Upstream:
    """The app as nginx sees it: the requests that reached it, and a clock that a test sets."""

    port: int = 0
    now: float = 0.0
    lag: float = 0.0  # how far the board's own now lies behind it, so that boards do not refresh all at once
    paths: list[str] = field(default_factory=list)
    stop: Callable[[], None] = lambda: None

    def leave(self, seconds: float) -> None:
        """Set the clock to so many seconds before the board's next step."""
        self.now += -(self.now - self.lag + seconds) % STEP

    def refreshes(self) -> int:
        return sum(path.endswith("/refresh") for path in self.paths)


def history(end: int) -> str:
    """Half an hour of two constant series."""
    times = range(end - 1_800, end + 60, STEP)
    lines = ["# TYPE codeagent_connections_active gauge"]
    lines += [f'codeagent_connections_active{{instance="a"}} 42 {instant}' for instant in times]
    lines += ["# TYPE up gauge", *(f'up{{instance="a"}} 1 {instant}' for instant in times), "# EOF", ""]
    return "\n".join(lines)


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[Upstream]:
    """The app over a Prometheus with known data, its requests counted; its clock stands still."""
    now = int(time.time()) // LONGEST * LONGEST - LONGEST + 2 * STEP  # early in every step, so that bodies last
    backfill(tmp_path / "metrics", history(now))
    result = Upstream(now=float(now))
    with running(prometheus(tmp_path / "metrics")) as source:
        app = create_app(Settings(prometheus_url=source.url), clock=lambda: result.now)
        server = make_server("127.0.0.1", 0, counted(app.server, result), threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()

        def stop() -> None:
            server.shutdown()
            thread.join()
            server.server_close()

        result.port, result.stop = server.port, stop
        yield result
        stop()
        app.engine.close()


def counted(app: Any, upstream: Upstream) -> Any:
    def wrapped(environ: dict[str, Any], start: Any) -> Any:
        upstream.paths.append(environ["PATH_INFO"])
        return app(environ, start)

    return wrapped


@pytest.fixture
def front(upstream: Upstream, tmp_path: Path) -> Iterator[str]:
    """The address of nginx with the shipped configuration, moved to this test's ports and folders."""
    port = free_port()
    (tmp_path / "htpasswd").write_text(f"{SIGN_IN[0]}:{{PLAIN}}{SIGN_IN[1]}\n")
    config = (ROOT / "deploy" / "proxy" / "default.conf").read_text()
    for shipped, here in {
        "server 127.0.0.1:8050;": f"server 127.0.0.1:{upstream.port};",
        "listen 8080;": f"listen 127.0.0.1:{port};",
        "listen 8081;": f"listen 127.0.0.1:{free_port()};",
        "/etc/nginx/conf.d/htpasswd;": f"{tmp_path}/htpasswd;",
        "/tmp/boards": f"{tmp_path}/cache",
    }.items():
        assert config.count(shipped) == 1, shipped
        config = config.replace(shipped, here)
    config = f"events {{}}\nhttp {{\n{config}}}\n"
    with running(nginx(tmp_path / "nginx", config, port)) as server:
        ready(upstream)
        yield server.url


def ready(upstream: Upstream) -> None:
    """Wait until the app has every panel of the board; then count from zero."""
    address = f"http://127.0.0.1:{upstream.port}{REFRESH}"
    wait_until(lambda: seconds_left(requests.get(address, timeout=10)) > 20)
    upstream.lag = upstream.now - requests.get(address, timeout=10).json()["window"]["now"]
    upstream.paths.clear()


def seconds_left(answer: requests.Response) -> int:
    result = re.fullmatch(r"public, max-age=(\d+)", answer.headers["Cache-Control"])
    return int(result[1]) if result else 0


def view(front: str, path: str = REFRESH, **headers: str) -> requests.Response:
    return requests.get(front + path, headers=headers, auth=SIGN_IN, timeout=20)


def test_many_viewers_cost_one_upstream_request(front: str, upstream: Upstream) -> None:
    browsers = ("gzip, deflate, br, zstd", "br;q=1.0, gzip;q=0.8", "gzip,br")
    with ThreadPoolExecutor(VIEWERS) as pool:
        answers = list(
            pool.map(lambda n: view(front, **{"Accept-Encoding": browsers[n % len(browsers)]}), range(VIEWERS))
        )

    assert [answer.status_code for answer in answers] == [200] * VIEWERS
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].headers["Content-Encoding"] == "br"
    assert upstream.refreshes() == 1


def test_a_browser_that_asks_again_gets_304_without_the_app(front: str, upstream: Upstream) -> None:
    first = view(front)
    again = view(front, **{"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "no-cache"
    assert (again.status_code, again.content, again.headers["X-Cache"]) == (304, b"", "HIT")
    assert upstream.refreshes() == 1


def test_another_range_is_another_answer(front: str, upstream: Upstream) -> None:
    view(front)
    other = view(front, REFRESH.replace("now-24h", "now-12h"))

    assert other.headers["X-Cache"] == "MISS"
    assert upstream.refreshes() == 2


def test_a_client_that_reads_no_brotli_gets_gzip(front: str, upstream: Upstream) -> None:
    packed, plain = view(front, **{"Accept-Encoding": "gzip"}), view(front, **{"Accept-Encoding": "identity"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.json() == plain.json()


def test_the_next_step_costs_a_few_requests_whoever_looks(front: str, upstream: Upstream) -> None:
    upstream.leave(3)
    end = view(front, SHORT).json()["window"]["end"]
    upstream.now += 4
    upstream.paths.clear()
    time.sleep(4)
    with ThreadPoolExecutor(VIEWERS) as pool:
        list(pool.map(lambda _: view(front, SHORT), range(VIEWERS)))

    # Until the next step is made, the app gives out the one before, which nginx does not keep.
    wait_until(lambda: view(front, SHORT).json()["window"]["end"] == end + STEP)
    assert 1 <= upstream.refreshes() <= VIEWERS / 4


def test_viewers_keep_the_last_answer_while_the_app_restarts(front: str, upstream: Upstream) -> None:
    upstream.leave(3)
    first = view(front, SHORT)
    upstream.stop()
    wait_until(lambda: view(front, SHORT).headers.get("X-Cache") == "STALE")

    remaining = view(front, SHORT)
    assert (remaining.status_code, remaining.content) == (200, first.content)


def test_pages_come_through_as_the_app_sends_them(front: str, upstream: Upstream) -> None:
    page = view(front, "/websocket")

    assert page.status_code == 200
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert view(front, "/nowhere").status_code == 404
