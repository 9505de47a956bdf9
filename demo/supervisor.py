"""Starts processes, waits until they answer, remembers them in a file, and ends exactly those."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from demo import environment
from demo.ports import HOST
from demo.services import Service

READY_SECONDS = 120  # LiteLLM takes 40 on a busy machine
STOP_SECONDS = 10


@dataclass(frozen=True)
class Running:
    """A process that the demo started; `started` is its start time in clock ticks, which tells it from a stranger."""

    name: str
    pid: int
    started: int


def free(port: int) -> bool:
    """Whether nobody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((HOST, port)) != 0


def start(service: Service, data: Path) -> subprocess.Popen[bytes]:
    """Start a process in its own group, its output in `data/output/NAME.log`."""
    folder = data / "output"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{service.name}.log").open("ab") as log:
        return subprocess.Popen(
            service.command,
            env=environment.of_process(service.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def ready(service: Service) -> bool:
    """Whether a process listens, and answers where it has an address for that."""
    if not service.port:
        return True
    if free(service.port):
        return False
    if not service.path:
        return True
    try:
        with urllib.request.urlopen(f"http://{HOST}:{service.port}{service.path}", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def wait_ready(service: Service, process: subprocess.Popen[bytes], data: Path, ended: threading.Event) -> str:
    """Wait until a process is ready, or everything is to end; returns why it is not, or nothing."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if ended.is_set():
            return ""
        if process.poll() is not None:
            return f"{service.name} ended with code {process.returncode}: {last_line(service.name, data)}"
        if ready(service):
            return ""
        ended.wait(0.1)
    return f"{service.name} did not answer within {READY_SECONDS} s; see {data}/output/{service.name}.log."


def last_line(name: str, data: Path) -> str:
    """The last line a process wrote."""
    lines = (data / "output" / f"{name}.log").read_text(errors="replace").splitlines()
    return lines[-1][:300] if lines else "it wrote nothing"


def running(name: str, process: subprocess.Popen[bytes]) -> Running:
    """What identifies a process that was just started."""
    return Running(name, process.pid, _started(process.pid))


def remember(file: Path, started: Sequence[Running]) -> None:
    """Write down what runs, for `stop` in another terminal."""
    file.write_text(json.dumps([dataclasses.asdict(process) for process in started]))


def forget(file: Path, started: Sequence[Running]) -> None:
    """Remove what `remember` wrote, unless another demo has written its own since."""
    if file.exists() and json.loads(file.read_text()) == [dataclasses.asdict(process) for process in started]:
        file.unlink()


def remembered(file: Path) -> list[Running]:
    """What a demo left behind and still runs; nobody else's process even if it has the same number."""
    if not file.exists():
        return []
    rows = [Running(**row) for row in json.loads(file.read_text())]
    return [row for row in rows if row.started and _started(row.pid) == row.started]


def stop(started: Sequence[Running]) -> None:
    """End processes, the last started first: asked politely, then not."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        for process in reversed(started):
            _signal(process, how)
        until = time.monotonic() + STOP_SECONDS
        while any(_alive(process) for process in started):
            if time.monotonic() > until:
                break
            time.sleep(0.05)
        else:
            return


def _signal(process: Running, how: signal.Signals) -> None:
    if _alive(process):
        try:
            os.killpg(process.pid, how)
        except ProcessLookupError:
            return


def _alive(process: Running) -> bool:
    return _started(process.pid) == process.started


def _started(pid: int) -> int:
    """Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat); 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] in "ZX" else int(fields[19])
