"""Real servers and known series for the query layer's tests."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

CONFIG = "global: {scrape_interval: 15s}\n"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(done: Callable[[], bool], seconds: float = 20.0) -> None:
    """Return once `done` is true; fail after that many seconds."""
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def answers(url: str) -> bool:
    """Whether the address answers with 200."""
    try:
        return requests.get(url, timeout=1).status_code == 200
    except requests.RequestException:
        return False


def needs(program: str) -> str:
    """The program's path; the test is skipped where it is not installed."""
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path


class Server:
    """A process at a port that can be stopped, killed and started again."""

    def __init__(self, arguments: list[str], port: int, ready: Callable[[], bool], log: Path) -> None:
        self.port, self.url = port, f"http://127.0.0.1:{port}"
        self._arguments, self._ready, self._log = arguments, ready, log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        """Start and wait until it answers."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._arguments, stdout=log, stderr=log)
        wait_until(self._ready)
        return self

    def stop(self) -> None:
        """End it and wait."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None


def prometheus(folder: Path, config: str = CONFIG, port: int = 0) -> Server:
    """A Prometheus with its data below the folder, not started yet."""
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prometheus.yml").write_text(config)
    arguments = [
        needs("prometheus"), f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=60d", "--log.level=warn",
    ]  # fmt: skip
    return Server(arguments, port, lambda: answers(f"http://127.0.0.1:{port}/-/ready"), folder / "log")


def redis(folder: Path, port: int = 0) -> Server:
    """A Redis without a disk, not started yet."""
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    arguments = [
        needs("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
        "--dir", str(folder),
    ]  # fmt: skip
    return Server(arguments, port, lambda: _listens(port), folder / "log")


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Started for the block, stopped after it."""
    try:
        yield server.start()
    finally:
        server.stop()


def backfill(folder: Path, openmetrics: str) -> None:
    """Write samples into the data folder of a Prometheus that is not running."""
    source = folder / "history.om"
    folder.mkdir(parents=True, exist_ok=True)
    source.write_text(openmetrics)
    command = [needs("promtool"), "tsdb", "create-blocks-from", "openmetrics", str(source), str(folder / "data")]
    subprocess.run(command, check=True, capture_output=True)
    source.unlink()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
