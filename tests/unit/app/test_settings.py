"""Settings name what is wrong with them."""

from __future__ import annotations

import base64
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app import cli
from app.settings import Settings, SettingsError
from app.sources import engine_of
from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.core.time_range import Window


def test_nothing_set_gives_the_defaults() -> None:
    assert Settings() == Settings.load({})


def test_values_are_read_with_their_types() -> None:
    settings = Settings.load({"CODEAGENT_PORT": "9000", "CODEAGENT_DEMO": "1", "CODEAGENT_EMBED_ORIGINS": "https://a.example https://b.example"})  # noqa: E501  # fmt: skip

    assert (9000, True, ("https://a.example", "https://b.example")) == (
        settings.port, settings.demo, settings.embed_origins,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROMETHEUS_URL", "localhost:9090"),
        ("PORT", "eighty"),
        ("DEADLINE_SECONDS", "-1"),
        ("DEMO", "maybe"),
        ("REPORT_TIMEZONE", "Mars/Olympus"),
        ("EMBED_ORIGINS", "https://a.example/path"),
        ("CACHE_REDIS_URL", "localhost"),
        ("PROMETHEUS_TOKEN_FILE", "/does/not/exist"),
        ("HOST", "0.0.0.0"),
        ("HOST", "::"),
        ("HOST", ""),
        ("ALLOWED_HOSTS", "https://a.example"),
        ("ALLOWED_HOSTS", "a.example:80"),
        ("PROMETHEUS_URL", "http://a:b/c@host:9090"),
        ("PROMETHEUS_URL", "http://host:port"),
        ("PROMETHEUS_URL", "http://host/?token=x"),
        ("CACHE_REDIS_URL", "redis://:pass@host:port/0"),
    ],
)
def test_an_unusable_value_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"CODEAGENT_{name}"):
        Settings.load({f"CODEAGENT_{name}": value})


def test_the_command_line_exits_2_on_an_unusable_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODEAGENT_PORT", "eighty")

    assert cli.main(["settings"]) == 2
    assert "CODEAGENT_PORT" in capsys.readouterr().err


def test_every_setting_has_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["settings"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert all(line.strip() for line in lines)
    assert len(lines) % 2 == 0


@pytest.mark.parametrize("name", ["PROMETHEUS_URL", "ALERTMANAGER_URL", "ELASTICSEARCH_URL", "CACHE_REDIS_URL"])
def test_no_password_is_printed(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    scheme = "redis" if "REDIS" in name else "http"
    monkeypatch.setenv(f"CODEAGENT_{name}", f"{scheme}://viewer:s3cret@host:1")
    assert cli.main(["settings"]) == 0
    monkeypatch.setenv(f"CODEAGENT_{name}", f"{scheme}://viewer:s3cret@host:port")
    assert cli.main(["settings"]) == 2

    written = capsys.readouterr()
    assert "s3cret" not in written.out + written.err
    assert f"CODEAGENT_{name}={scheme}://***@host:1" in written.out


def test_credentials_in_an_address_are_used_and_taken_out_of_it() -> None:
    seen: list[str] = []

    class Recorder(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization", ""))
            self.send_error(404)

        do_POST = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    backend = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=backend.serve_forever, daemon=True).start()
    engine = engine_of(Settings(prometheus_url=f"http://viewer:s3cret%40@127.0.0.1:{backend.server_port}/x"), time.time)
    (source,) = engine.sources.values()
    with suppress(QueryError):
        source.label_values("job", "up", Window(0, 600, 15), Deadline.after(5))

    assert seen[0] == "Basic " + base64.b64encode(b"viewer:s3cret@").decode()
    assert getattr(source, "url", "") == f"http://127.0.0.1:{backend.server_port}/x"
    engine.close()
    backend.shutdown()
