"""Settings name what is wrong with them."""

from __future__ import annotations

import ast
import base64
import threading
import time
from contextlib import suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app import cli
from app.factory import create_app
from app.settings import Settings, SettingsError
from app.sources import engine_of
from queries.core.deadline import Deadline
from queries.core.errors import QueryError
from queries.core.time_range import Window
from tests.servers import ROOT


def test_nothing_set_gives_the_defaults() -> None:
    assert Settings() == Settings.load({})


def test_values_are_read_with_their_types() -> None:
    settings = Settings.load(
        {
            "CODEAGENT_PORT": "9000",
            "CODEAGENT_DEMO": "1",
            "CODEAGENT_EMBED_ORIGINS": "https://a.example https://b.example",
        }
    )

    assert (9000, True, ("https://a.example", "https://b.example")) == (
        settings.port,
        settings.demo,
        settings.embed_origins,
    )


def test_all_unusable_values_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as problem:
        Settings.load({"CODEAGENT_PORT": "eighty", "CODEAGENT_DEMO": "maybe", "CODEAGENT_THREADS": "16"})

    first, second = str(problem.value).splitlines()
    assert first == "CODEAGENT_PORT='eighty' cannot be used: “eighty” is not a whole number; write a port such as 8050."
    assert second == "CODEAGENT_DEMO='maybe' cannot be used: write 1 or 0."


def test_the_constructor_does_not_read_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEAGENT_PORT", "9000")

    assert (Settings().port, Settings.load().port) == (8050, 9000)


def test_options_of_the_command_line_win_over_the_environment() -> None:
    assert Settings.load({"CODEAGENT_PORT": "9000", "CODEAGENT_WORKERS": "2"}, {"port": "9001"}).port == 9001
    assert Settings.load({"CODEAGENT_PORT": "9000"}, {"port": None}).port == 9000


def test_only_the_exact_name_is_read_and_strangers_are_left_alone() -> None:
    assert Settings.load({"codeagent_port": "9000", "CODEAGENT_CI_RUN": "1", "PORT": "1"}) == Settings()


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_used(name: str) -> None:
    """A setting that nothing outside its own module reads would be documented and have no effect."""
    assert name in _settings_read()


@cache
def _settings_read() -> frozenset[str]:
    files = [path for path in (ROOT / "app").rglob("*.py") if path.name != "settings.py"]
    nodes = (node for path in files for node in ast.walk(ast.parse(path.read_text())))
    return frozenset(node.attr for node in nodes if isinstance(node, ast.Attribute) and _names_settings(node.value))


def _names_settings(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id == "settings") or (
        isinstance(node, ast.Attribute) and node.attr == "settings"
    )


def test_the_price_file_is_the_table_that_costs_are_computed_with(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(
        "[providers]\nacme = { cached_inside_prompt = true }\n"
        '[[prices]]\nmodel = "acme-1"\nvalid_from = 2020-01-01\nprompt = 1.0\ncompletion = 2.0\n'
    )
    app = create_app(Settings.load({"CODEAGENT_PRICES_FILE": str(file)}))

    assert app.boards.prices.knows("", "acme-1")
    assert app.boards.prices.knows("openai", "gpt-4o"), "list prices hold for what the table does not name"
    app.engine.close()


def test_a_file_that_is_not_a_price_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text("[[prices]]\nmodel = 1\n")

    with pytest.raises(SettingsError, match=r"CODEAGENT_PRICES_FILE=.* is not a price table such as"):
        Settings.load({"CODEAGENT_PRICES_FILE": str(tmp_path / "prices.toml")})


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
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", ""),
        ("WORKERS", "0"),
        ("THREADS", "many"),
        ("PRICES_FILE", "/does/not/exist"),
        ("LOGS_LAYOUT", "xml"),
        ("EMBED_ORIGINS", '["https://a.example"]'),
        ("DEADLINE_SECONDS", "nan"),
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
    credentials: list[str] = []

    class Recorder(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            credentials.append(self.headers.get("Authorization", ""))
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

    assert credentials[0] == "Basic " + base64.b64encode(b"viewer:s3cret@").decode()
    assert getattr(source, "url", "") == f"http://127.0.0.1:{backend.server_port}/x"
    engine.close()
    backend.shutdown()
