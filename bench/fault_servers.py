"""The servers of `bench.faults`: the dashboards, Alertmanager, Redis, and a small disk."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.common import free_port, wait_ready


class App:
    """The dashboards under test: `codeagent-dashboards serve` on a free port, with these settings."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environ = {**os.environ, **settings, "CODEAGENT_PORT": str(self.port)}
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        begun = time.monotonic()
        command = [sys.executable, "-m", "app.cli", "serve"]
        self._process = subprocess.Popen(
            command, env=self._environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_ready(f"{self.url}/health/live")
        self.start_seconds = time.monotonic() - begun

    def stop(self) -> None:
        """Send TERM and wait until the server has ended."""
        self._process.terminate()
        self._process.wait(30)

    @property
    def master(self) -> int:
        """The process that supervises the worker."""
        return self._process.pid

    @property
    def worker(self) -> int:
        """The process that answers; 0 while there is none."""
        with suppress(OSError, IndexError):
            return int(Path(f"/proc/{self.master}/task/{self.master}/children").read_text().split()[0])
        return 0


@contextmanager
def alertmanager_server() -> Iterator[int]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        (Path(name) / "alertmanager.yml").write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
        command = [
            "prometheus-alertmanager",
            f"--config.file={name}/alertmanager.yml",
            f"--storage.path={name}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            "--log.level=error",
        ]
        with _process(command):
            wait_ready(f"http://127.0.0.1:{port}/-/ready")
            yield port


@contextmanager
def redis_server() -> Iterator[int]:
    port = free_port()
    with _process(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]):
        yield port


@contextmanager
def _process(command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of 128 MiB; mounting it needs root."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128M", "tmpfs", name], check=True)
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "-l", name], check=True)
