"""What the benchmarks share: arguments, a Prometheus with a day of history, CPU times, the closing JSON line."""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from demo import history
from demo.ports import Ports

AHEAD_SECONDS = 1_800  # the history reaches that far into the future, so that data arrive during a benchmark
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Backend:
    """A running Prometheus with a history of a day; `end` (epoch seconds) is now, and the history goes on after it."""

    url: str
    pid: int
    end: int


def arguments(doc: str | None) -> argparse.Namespace:
    """`--quick` for under 45 seconds, `--url` for a server that runs already."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, under 45 s")
    parser.add_argument("--url", default="", help="a running server instead of one started for the run")
    return parser.parse_args()


def say(text: str) -> None:
    """A line for people."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def finish(**numbers: float | int | str) -> None:
    """The last line: one JSON object."""
    rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in numbers.items()}
    say(json.dumps(rounded))


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has used, its ended children left out."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_ready(url: str, seconds: float = 60.0) -> None:
    """Return when the address answers 200; raises TimeoutError."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if requests.get(url, timeout=1).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"{url} did not get ready within {seconds:.0f} s")


@contextmanager
def prometheus_with_history() -> Iterator[Backend]:
    """A Prometheus of our own with the demo's 24 hours, ended and removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        end = int(time.time()) // 60 * 60 - 60
        begun = time.monotonic()
        samples = history.backfill(folder / "data", end + AHEAD_SECONDS, Ports(), "promtool")
        say(f"history: {samples:,} samples written in {time.monotonic() - begun:.1f} s")
        with prometheus_over(folder, end) as backend:
            yield backend


@contextmanager
def prometheus_over(folder: Path, end: int) -> Iterator[Backend]:
    """A Prometheus over the blocks in `folder`/data, ended afterwards."""
    port = free_port()
    process = _start(folder, port)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_ready(f"{url}/-/ready")
        yield Backend(url, process.pid, end)
    finally:
        process.terminate()
        process.wait(30)


def _start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    (folder / "prometheus.yml").write_text("global: {scrape_interval: 15s}\n")
    command = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
