"""What goes over the wire: credentials, tenants, a CA of one's own, long queries, no retries behind our back."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from queries.core.deadline import Deadline
from queries.core.errors import AccessDenied, AnswerMalformed, SourceUnavailable
from queries.core.time_range import Window
from queries.metrics.prometheus.source import PrometheusSettings, PrometheusSource
from queries.metrics.request import Request
from tests.integration import queries_kit as kit

pytestmark = pytest.mark.integration
WINDOW = Window(1_700_000_010, 1_700_000_070, 15)
EMPTY = b'{"status":"success","data":{"resultType":"matrix","result":[]}}'


class Recorder(ThreadingHTTPServer):
    """Answers everything with nothing, or with `code`, and keeps what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Recording)
        self.code = 200
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []


class _Recording(BaseHTTPRequestHandler):
    server: Recorder

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.command, self.path, dict(self.headers), body))
        self.send_response(self.server.code)
        self.send_header("Content-Length", str(len(EMPTY)))
        if self.server.code == 302:
            self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write(EMPTY)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Recorder]:
    recorder = Recorder()
    threading.Thread(target=recorder.serve_forever, daemon=True).start()
    yield recorder
    recorder.shutdown()
    recorder.server_close()


def settings(server: Recorder, scheme: str = "http") -> PrometheusSettings:
    return PrometheusSettings(f"{scheme}://127.0.0.1:{server.server_port}", "prometheus")


def ask(chosen: PrometheusSettings, expr: str = "up", tenant: str = "") -> None:
    PrometheusSource(chosen).range(Request("prometheus", expr, WINDOW, tenant), Deadline.after(5))


def test_times_are_whole_steps_and_the_timeout_is_the_time_left(server: Recorder) -> None:
    ask(settings(server))
    _, path, _, _ = server.requests[0]
    assert "start=1700000010&end=1700000070&step=15" in path
    assert 0 < float(path.split("timeout=")[1].split("&")[0]) <= 5


def test_a_bearer_token_is_sent(server: Recorder) -> None:
    ask(replace(settings(server), bearer_token="secret"))
    assert server.requests[0][2]["Authorization"] == "Bearer secret"


def test_a_user_and_a_password_are_sent(server: Recorder) -> None:
    ask(replace(settings(server), username="u", password="p"))
    assert server.requests[0][2]["Authorization"] == "Basic dTpw"


def test_headers_and_the_tenant_of_a_request_are_sent(server: Recorder) -> None:
    ask(replace(settings(server), headers={"X-Scope-OrgID": "all"}))
    ask(replace(settings(server), headers={"X-Scope-OrgID": "all"}), tenant="one")
    assert [headers["X-Scope-OrgID"] for _, _, headers, _ in server.requests] == ["all", "one"]


def test_a_password_is_not_in_the_settings_text() -> None:
    assert "hidden" not in repr(PrometheusSettings(password="hidden", bearer_token="hidden"))


def test_a_long_query_goes_by_post(server: Recorder) -> None:
    ask(settings(server), " + ".join(["up"] * 1_000))
    method, path, _, body = server.requests[0]
    assert (method, path) == ("POST", "/api/v1/query_range")
    assert body.startswith(b"query=up+%2B+up")


def test_label_values_go_by_get_however_long_the_selector_is(server: Recorder) -> None:
    match = f'{{__name__=~"{"|".join(["up"] * 1_000)}"}}'
    with suppress(AnswerMalformed):  # the recorder answers every request as a query
        PrometheusSource(settings(server)).label_values("job", match, Window(0, 60, 15), Deadline.after(5))
    method, path, _, _ = server.requests[0]
    assert (method, path.partition("?")[0]) == ("GET", "/api/v1/label/job/values")


@pytest.mark.parametrize("code", [429, 500, 503])
def test_the_client_library_does_not_retry_by_itself(server: Recorder, code: int) -> None:
    server.code = code
    with pytest.raises(SourceUnavailable):
        ask(settings(server))
    assert len(server.requests) == 1


@pytest.mark.parametrize("code", [401, 403])
def test_refused_credentials_are_named_as_the_reason(server: Recorder, code: int) -> None:
    server.code = code
    with pytest.raises(AccessDenied, match="did not accept the credentials"):
        ask(settings(server))


def test_a_redirect_is_not_followed_with_our_credentials(server: Recorder) -> None:
    server.code = 302
    with pytest.raises(SourceUnavailable, match="302"):
        ask(replace(settings(server), bearer_token="secret"))


def test_a_ca_of_ones_own_is_trusted_and_a_foreign_certificate_is_not(server: Recorder, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [kit.needs("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with pytest.raises(SourceUnavailable, match="certificate authority"):
        ask(settings(server, "https"))
    ask(replace(settings(server, "https"), ca_file=str(certificate)))
    assert len(server.requests) == 1
