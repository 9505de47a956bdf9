"""gunicorn's options come from the settings, however it is started."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from app.serving.configuration import options
from app.serving.server import Server
from app.settings import Settings
from tests.servers import ROOT

CHOSEN = Settings(host="::1", port=9000, workers=3, threads=5, access_log="-")


@pytest.mark.parametrize(
    ("name", "value"), [("bind", "[::1]:9000"), ("workers", 3), ("threads", 5), ("accesslog", "-")]
)
def test_a_setting_is_an_option(name: str, value: object) -> None:
    assert options(CHOSEN)[name] == value


def test_serve_takes_the_options_and_gunicorns_own_arguments_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--timeout 7 --bind 127.0.0.1:9001")
    cfg = Server(CHOSEN).cfg

    assert (cfg.workers, cfg.threads, cfg.worker_class_str) == (3, 5, "app.serving.worker.Worker")
    assert (cfg.timeout, cfg.bind, cfg.graceful_timeout) == (7, ["127.0.0.1:9001"], 8)


@pytest.mark.slow
def test_gunicorns_own_command_gets_the_same_options() -> None:
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "--print-config", "app.main:server"]
    variables = {**os.environ, "CODEAGENT_WORKERS": "3", "CODEAGENT_THREADS": "5", "CODEAGENT_PORT": "9000"}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    printed = dict(map(str.strip, line.split("=", 1)) for line in done.stdout.splitlines() if " = " in line)

    assert done.returncode == 0, done.stderr
    assert (printed["workers"], printed["threads"], printed["bind"]) == ("3", "5", "['127.0.0.1:9000']")
    assert printed["keepalive"] == str(options(Settings())["keepalive"])


@pytest.mark.slow
def test_gunicorns_own_command_ends_with_2_on_an_unusable_setting() -> None:
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "--print-config", "app.main:server"]
    variables = {**os.environ, "CODEAGENT_WORKERS": "none"}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "CODEAGENT_WORKERS='none'" in done.stderr
