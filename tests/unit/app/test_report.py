"""A board as a file, by the command line."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.cli import main

SECRET = "0123456789abcdef0123456789abcdef"
NOWHERE = ("--prometheus", "http://127.0.0.1:9")


class Hook:
    """A service that takes messages as JSON."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port


@pytest.fixture
def hook() -> Iterator[Hook]:
    instance = Hook()
    threading.Thread(target=instance.server.serve_forever, daemon=True).start()
    yield instance
    instance.server.shutdown()


def test_a_report_is_written_even_when_the_backend_is_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.pdf"

    assert main(["report", "websocket", "--to", str(path), "--range", "now-24h", *NOWHERE]) == 0
    assert path.read_bytes().startswith(b"%PDF")
    assert str(path) in capsys.readouterr().out


def test_an_unknown_board_or_range_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.pdf"

    assert main(["report", "websocked", "--to", str(path), *NOWHERE]) == 2
    assert "websocket" in capsys.readouterr().err
    assert main(["report", "websocket", "--range", "yesterday", "--to", str(path), *NOWHERE]) == 1
    assert not path.exists()


def test_a_report_is_sent_to_every_channel_and_failures_contain_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, hook: Hook
) -> None:
    names = {
        "chat": f"json://127.0.0.1:{hook.port}/hook",
        "text": f"sns://{SECRET}/{SECRET}/us-east-1/+12223334444",
        "bad": "x",
    }
    for name, address in names.items():
        (tmp_path / name).write_text(address)
    monkeypatch.setenv("CODEAGENT_PUBLIC_URL", "https://d.example")
    sends = [part for name in names for part in ("--send", str(tmp_path / name))]

    assert main(["report", "websocket", *sends, *NOWHERE]) == 1
    error = capsys.readouterr().err
    assert error.count("The report was not sent") == 2
    assert "takes no files" in error
    assert SECRET not in error
    assert hook.received[0]["title"].startswith("WebSocket")
    assert hook.received[0]["message"] == "https://d.example/websocket"
    (attached,) = hook.received[0]["attachments"]
    assert attached["filename"].startswith("websocket-")
    assert base64.b64decode(attached["base64"]).startswith(b"%PDF")

    assert main(["report", "websocket", "--send", str(tmp_path / "chat"), *NOWHERE]) == 0


def test_a_report_for_nobody_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "websocket", *NOWHERE]) == 2
    assert "--send" in capsys.readouterr().err
