"""The demo ends what it started, and nobody else's process."""

from __future__ import annotations

import dataclasses
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo import supervisor
from demo.services import Service
from tests.servers import free_port

SLEEP = Service("sleeper", (sys.executable, "-c", "import time; time.sleep(600)"))
STUBBORN = Service(
    "stubborn",
    (
        sys.executable,
        "-c",
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "print('deaf', flush=True); time.sleep(600)",
    ),
)


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes to end after a test, whatever it did to them."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def begin(service: Service, folder: Path, started: list[subprocess.Popen[bytes]]) -> supervisor.Running:
    started.append(supervisor.start(service, folder))
    return supervisor.running(service.name, started[-1])


def test_what_was_remembered_is_stopped(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    file = tmp_path / "running.json"
    supervisor.remember(file, [begin(SLEEP, tmp_path, started), begin(SLEEP, tmp_path, started)])

    supervisor.stop(supervisor.remembered(file))

    assert [process.wait(5) for process in started] == [-signal.SIGTERM, -signal.SIGTERM]
    assert supervisor.remembered(file) == []


def test_a_stranger_with_the_same_number_is_left_alone(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    file = tmp_path / "running.json"
    running = begin(SLEEP, tmp_path, started)
    supervisor.remember(file, [dataclasses.replace(running, started=running.started - 1)])

    assert supervisor.remembered(file) == []
    supervisor.stop([dataclasses.replace(running, started=running.started - 1)])

    assert started[0].poll() is None


def test_a_process_that_does_not_listen_is_killed(
    tmp_path: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.5)
    running = begin(STUBBORN, tmp_path, started)
    while "deaf" not in (tmp_path / "output" / "stubborn.log").read_text():
        threading.Event().wait(0.05)

    supervisor.stop([running])

    assert started[0].wait(5) == -signal.SIGKILL


def test_the_notes_of_another_demo_are_kept(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    file = tmp_path / "running.json"
    mine, other = begin(SLEEP, tmp_path, started), begin(SLEEP, tmp_path, started)
    supervisor.remember(file, [other])

    supervisor.forget(file, [mine])
    assert supervisor.remembered(file) == [other]

    supervisor.forget(file, [other])
    assert not file.exists()


def test_without_notes_nothing_runs(tmp_path: Path) -> None:
    assert supervisor.remembered(tmp_path / "running.json") == []


def test_a_process_that_ends_at_once_is_explained_by_its_last_line(
    tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    service = Service("broken", (sys.executable, "-c", "import sys; sys.exit('no such file')"), free_port())
    started.append(supervisor.start(service, tmp_path))

    problem = supervisor.wait_ready(service, started[0], tmp_path, threading.Event())

    assert problem == "broken ended with code 1: no such file"


def test_waiting_ends_when_everything_is_to_end(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    service = dataclasses.replace(SLEEP, port=free_port())
    started.append(supervisor.start(service, tmp_path))
    ended = threading.Event()
    ended.set()

    assert supervisor.wait_ready(service, started[0], tmp_path, ended) == ""


def test_a_port_is_free_until_somebody_listens() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        assert supervisor.free(port)
        listener.listen()
        assert not supervisor.free(port)
