"""The proxy of the deployment, as a real nginx with the shipped configuration in front of a stand-in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from tests.servers import ROOT, free_port, nginx, running

pytestmark = pytest.mark.integration

CONFIG = (ROOT / "deploy" / "proxy" / "default.conf").read_text()
# The password is "open" in the form that nginx takes without any tool.
HTPASSWD = "viewer:{PLAIN}open\n"


class Echo(BaseHTTPRequestHandler):
    """Answers with the path it was asked for."""

    def do_GET(self) -> None:
        body = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Addresses:
    """The address for viewers and the one inside the deployment."""

    public: str
    internal: str


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    folder = tmp_path_factory.mktemp("proxy")
    behind = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    public, internal = free_port(), free_port()
    with running(nginx(folder, configuration(folder, public, internal, behind.server_port), public)):
        yield Addresses(f"http://127.0.0.1:{public}", f"http://127.0.0.1:{internal}")
    behind.shutdown()


def configuration(folder: Path, public: int, internal: int, behind: int) -> str:
    """A whole nginx.conf round the shipped server blocks, on other ports."""
    (folder / "htpasswd").write_text(HTPASSWD)
    folder.chmod(0o755)
    servers = CONFIG.replace("listen 8080;", f"listen 127.0.0.1:{public};")
    servers = servers.replace("listen 8081;", f"listen 127.0.0.1:{internal};")
    servers = servers.replace("127.0.0.1:8050", f"127.0.0.1:{behind}").replace("/etc/nginx/conf.d", str(folder))
    servers = servers.replace("/tmp/boards", str(folder / "cache"))
    return f"events {{}}\nhttp {{\n{servers} }}\n"


def test_a_stranger_is_asked_for_a_password(proxy: Addresses) -> None:
    answer = requests.get(proxy.public + "/overview", timeout=5)

    assert answer.status_code == 401
    assert "CodeAgent" in answer.headers["WWW-Authenticate"]


def test_a_viewer_reaches_the_page(proxy: Addresses) -> None:
    answer = requests.get(proxy.public + "/overview?from=now-1h", auth=("viewer", "open"), timeout=5)

    assert (answer.status_code, answer.text) == (200, "/overview?from=now-1h")


def test_a_wrong_password_is_refused(proxy: Addresses) -> None:
    assert requests.get(proxy.public + "/overview", auth=("viewer", "shut"), timeout=5).status_code == 401


def test_metrics_are_for_prometheus_alone(proxy: Addresses) -> None:
    assert requests.get(proxy.public + "/metrics", auth=("viewer", "open"), timeout=5).status_code == 404
    assert requests.get(proxy.internal + "/metrics", timeout=5).text == "/metrics"


def test_the_inner_port_gives_health_and_metrics_and_no_pages(proxy: Addresses) -> None:
    assert requests.get(proxy.internal + "/health/live", timeout=5).text == "/health/live"
    assert requests.get(proxy.internal + "/overview", timeout=5).status_code == 404
