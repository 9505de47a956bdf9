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
    """Answers with the path it was asked for, and with the user that the request claims to be."""

    def do_GET(self) -> None:
        body = f"{self.path}{self.headers.get('X-User', '')}".encode()
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


def configuration(folder: Path, public: int, internal: int, behind: int, config: str = CONFIG) -> str:
    """A whole nginx.conf round the shipped server blocks, on other ports."""
    (folder / "htpasswd").write_text(HTPASSWD)
    folder.chmod(0o755)
    servers = config.replace("listen 8080;", f"listen 127.0.0.1:{public};")
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


@pytest.fixture(scope="module")
def proxy_of_links(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The proxy with the lines for signed links, which its comments tell to uncover."""
    folder = tmp_path_factory.mktemp("links")
    behind = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    public = free_port()
    with running(nginx(folder, configuration(folder, public, free_port(), behind.server_port, uncovered()), public)):
        yield f"http://127.0.0.1:{public}"
    behind.shutdown()


def uncovered() -> str:
    """The configuration without the comment signs before the lines of signed links."""
    lines = CONFIG.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("  # location ~ ^/(embed"))
    end = lines.index("  # }", start)
    block = [line.replace("  # ", "  ", 1) for line in lines[start : end + 1]]
    return "\n".join((*lines[:start], *block, *lines[end + 1 :]))


@pytest.mark.parametrize("path", ["/embed/overview?sig=a", "/render/overview/error-rate.png?sig=a", "/static/app.js"])
def test_frames_pictures_and_their_files_need_no_password_once_links_are_signed(
    proxy: Addresses, proxy_of_links: str, path: str
) -> None:
    assert requests.get(proxy.public + path, timeout=5).status_code == 401
    answer = requests.get(proxy_of_links + path, timeout=5)
    assert (answer.status_code, answer.text) == (200, path)


def test_nobody_names_himself_to_see_a_frame(proxy_of_links: str) -> None:
    answer = requests.get(f"{proxy_of_links}/embed/overview", headers={"X-User": "ann"}, timeout=5)

    assert answer.text == "/embed/overview"


@pytest.mark.parametrize("path", ["/overview", "/api/boards", "/embedded", "/x/embed/overview", "/embed/../overview"])
def test_every_other_page_still_asks_for_a_password(proxy_of_links: str, path: str) -> None:
    request = requests.Request("GET", proxy_of_links).prepare()
    request.url = proxy_of_links + path  # as it is written, not as the client would shorten it
    with requests.Session() as session:
        assert session.send(request, timeout=5).status_code == 401
