"""What viewers notice while a backend, the server or a client misbehaves.

    python -m bench.faults [--quick] [--markdown] [--only TEXT]

Fifty viewers of boards and logs on one worker, with a real Prometheus, Alertmanager, Redis and Elasticsearch behind
proxies that break one thing at a time. For each fault: the longest answer, answers with status 5xx or none at all,
whether the last good data stayed, the time until everything is well again, and the worker's memory at its highest.
With --quick only a few faults and no Elasticsearch; with --markdown the table of docs/reliability.md.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.common import finish, free_port, prometheus_with_history, say, wait_ready
from bench.fault_proxy import HTTP_FAULTS, TCP_FAULTS, FaultProxy
from bench.fault_viewers import PageCheck, Viewers, look_at_board, look_at_logs, resident_megabytes
from bench.log_data import SECONDS, START
from bench.log_data import write as write_log_files
from bench.logs import INDEX, elasticsearch_node
from pages import BOARDS

VIEWERS: Final = 50
FAULT_SECONDS: Final = 16.0  # longer than a step, so that newer data are missed
RECOVERY_SECONDS: Final = 60.0
DOCUMENTS: Final = 100_000
DISK_FULL: Final = "server: disk full"
LOGS: Final = f"from={START + SECONDS - 3_600}&to={START + SECONDS}"
LOGS_PATH: Final = f"/api/explore/logs?{LOGS}"
QUICK: Final = (
    "Prometheus stopped",
    "Prometheus dripping",
    "Prometheus bomb",
    "Alertmanager dripping",
    "Redis paused",
    "server: worker killed",
    "clients: half-sent requests",
)


@dataclass(frozen=True)
class Row:
    """What was noticed during one fault."""

    fault: str
    longest: float  # seconds
    failed: int  # answers with status 5xx, or none
    requests: int
    has_data: bool  # the last good data stayed on the page
    recovery: float  # seconds until all is well
    memory: float  # MiB, the worker's highest


@dataclass(frozen=True)
class Fault:
    """A fault by name: `begin` breaks something and returns what ends it; `look` sees whether all is well."""

    name: str
    begin: Callable[[], Callable[[], None]]
    look: Callable[[], PageCheck]


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


def main() -> None:
    """Print the table and, last, one line of JSON."""
    options = _arguments()
    for stop in (signal.SIGTERM, signal.SIGINT):  # what was started ends with this, however it ends
        signal.signal(stop, lambda *_: sys.exit(1))
    with ExitStack() as stack:
        proxies, faults, app, viewers = _prepared(stack, options.quick)
        selected = [
            fault for fault in faults if options.only in fault.name and (not options.quick or fault.name in QUICK)
        ]
        rows = [measured(fault, app, viewers) for fault in selected]
        for proxy in proxies:
            proxy.close()
    if not options.quick and options.only in DISK_FULL:
        rows.append(full_disk())
    if options.markdown:
        say(markdown(rows))
    finish(
        faults=len(rows),
        longest_s=max(row.longest for row in rows),
        failed=sum(row.failed for row in rows if "killed" not in row.fault),
        lost_data=sum(not row.has_data for row in rows),
        recovery_s=max(row.recovery for row in rows),
        memory_mb=max(row.memory for row in rows),
        start_s=app.start_seconds,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few faults, without Elasticsearch")
    parser.add_argument("--only", default="", metavar="TEXT", help="faults with this text in their names")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown too")
    return parser.parse_args()


def _prepared(stack: ExitStack, quick: bool) -> tuple[list[FaultProxy], list[Fault], App, Viewers]:
    """Backends, a proxy before each, the app behind them and its viewers; all of it ends with the stack."""
    prometheus = FaultProxy(_port(stack.enter_context(prometheus_with_history()).url))
    alertmanager, redis = FaultProxy(stack.enter_context(_alertmanager())), FaultProxy(stack.enter_context(_redis()))
    node = nullcontext("") if quick else elasticsearch_node(DOCUMENTS)
    url = stack.enter_context(node)
    elastic = FaultProxy(_port(url)) if url else None
    app = App(_settings(prometheus, alertmanager, redis, elastic))
    stack.callback(app.stop)
    boards = [
        f"/api/boards/{board}/refresh?from={start}&to=now&w=m" for board in BOARDS for start in ("now-1h", "now-6h")
    ]
    viewers = Viewers(app.url, boards if quick else [*boards, LOGS_PATH, LOGS_PATH + "&q=timeout"], VIEWERS)
    viewers.start()
    stack.callback(viewers.stop)
    board = lambda: look_at_board(app.url)  # noqa: E731 - the same look for most faults
    faults = [
        *_backend_faults("Prometheus", prometheus, HTTP_FAULTS, board),
        *_backend_faults("Alertmanager", alertmanager, HTTP_FAULTS, board),
        *_backend_faults("Redis", redis, TCP_FAULTS, board),
        *(
            _backend_faults("Elasticsearch", elastic, HTTP_FAULTS, lambda: look_at_logs(app.url, LOGS_PATH))
            if elastic
            else ()
        ),
        *_server_faults(app, board),
        *_client_faults(app, board),
    ]
    _wait_until_well(board)
    return [proxy for proxy in (prometheus, alertmanager, redis, elastic) if proxy], faults, app, viewers


def measured(fault: Fault, app: App, viewers: Viewers) -> Row:
    """Break it for a while, mend it, and wait until all is well."""
    before, begun, memory = fault.look().panels_with_data, time.monotonic(), 0.0
    end, least = fault.begin(), before
    while time.monotonic() < begun + FAULT_SECONDS:
        least = min(least, fault.look().panels_with_data)
        memory = max(memory, resident_megabytes(app.worker))
        time.sleep(0.5)
    end()
    mended = time.monotonic()
    recovery = _wait_until_well(fault.look)
    visits = viewers.since(begun)
    row = Row(
        fault.name,
        max((visit.seconds for visit in visits), default=0.0),
        sum(visit.status >= 500 or visit.status == 0 for visit in visits),
        len(visits),
        least >= before,
        recovery,
        max(memory, resident_megabytes(app.worker)),
    )
    say(
        f"{row.fault:34s} longest {row.longest:5.2f} s  failed {row.failed:3d} of {row.requests:4d}  "
        f"data {'kept' if row.has_data else 'LOST'}  well again after {row.recovery:5.1f} s  {row.memory:5.0f} MiB"
        + (f"  ({time.monotonic() - mended:.0f} s)" if recovery > 15 else "")
    )
    return row


def _wait_until_well(look: Callable[[], PageCheck]) -> float:
    """Seconds until a look sees nothing broken, at most RECOVERY_SECONDS."""
    begun = time.monotonic()
    while not look().is_well and time.monotonic() < begun + RECOVERY_SECONDS:
        time.sleep(0.2)
    return time.monotonic() - begun


def _backend_faults(
    name: str, proxy: FaultProxy, faults: Sequence[str], look: Callable[[], PageCheck]
) -> Iterator[Fault]:
    for fault in faults:

        def begin(fault: str = fault) -> Callable[[], None]:
            proxy.begin(fault)
            return proxy.end

        yield Fault(f"{name} {fault}", begin, look)


def _server_faults(app: App, look: Callable[[], PageCheck]) -> Iterator[Fault]:
    def kill() -> Callable[[], None]:
        os.kill(app.worker, signal.SIGKILL)
        return lambda: None

    def reload() -> Callable[[], None]:
        os.kill(app.master, signal.SIGHUP)
        return lambda: None

    def restart() -> Callable[[], None]:
        app.stop()
        app.start()
        return lambda: None

    yield Fault("server: worker killed", kill, look)
    yield Fault("server: HUP", reload, look)
    yield Fault("server: TERM, started again", restart, look)


def _client_faults(app: App, look: Callable[[], PageCheck]) -> Iterator[Fault]:
    address = ("127.0.0.1", app.port)
    half = b"GET /overview HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
    export = f"GET /api/logs/export.ndjson?{LOGS} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    yield Fault("clients: silent connections", lambda: _open(address, 1_010, b""), look)
    yield Fault("clients: half-sent requests", lambda: _open(address, 500, half), look)
    yield Fault("clients: slow readers", lambda: _open(address, 20, export), look)
    yield Fault("clients: bodies of 400 MB", lambda: _bodies(address, 8), look)


def _open(address: tuple[str, int], count: int, text: bytes) -> Callable[[], None]:
    """Connections that send `text` and neither end their request nor read an answer."""
    sockets: list[socket.socket] = []
    for _ in range(count):
        with suppress(OSError):
            connection = socket.create_connection(address, timeout=1)
            connection.sendall(text)
            sockets.append(connection)

    def close() -> None:
        for connection in sockets:
            connection.close()

    return close


def _bodies(address: tuple[str, int], count: int) -> Callable[[], None]:
    stopped = threading.Event()

    def send() -> None:
        with suppress(OSError), socket.create_connection(address, timeout=5) as connection:
            size = 400 * 2**20
            connection.sendall(b"POST /api/logs/tail HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % size)
            block = b"x" * 2**20
            for _ in range(400):
                if stopped.is_set():
                    return
                connection.sendall(block)

    for _ in range(count):
        threading.Thread(target=send, daemon=True).start()
    return stopped.set


def full_disk() -> Row:
    """The row of a disk without room, which holds the shared tier, the log files' database and temporary files."""
    with ExitStack() as stack:
        disk = stack.enter_context(_small_disk())
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        write_log_files(logs, DOCUMENTS)
        prometheus = stack.enter_context(prometheus_with_history())
        app = App(
            {
                "CODEAGENT_PROMETHEUS_URL": prometheus.url,
                "CODEAGENT_CACHE_DIR": str(disk / "cache"),
                "CODEAGENT_LOGS_DIR": str(logs),
                "TMPDIR": str(disk),
            }
        )
        stack.callback(app.stop)
        boards = [f"/api/boards/{board}/refresh?from=now-1h&to=now&w=m" for board in BOARDS]
        viewers = Viewers(app.url, [*boards, LOGS_PATH, LOGS_PATH + "&q=timeout"], VIEWERS)
        viewers.start()
        stack.callback(viewers.stop)
        _wait_until_well(lambda: look_at_logs(app.url, LOGS_PATH))
        return measured(Fault(DISK_FULL, lambda: _fill(disk), lambda: look_at_board(app.url)), app, viewers)


@contextmanager
def _small_disk() -> Iterator[Path]:
    """A file system of 128 MiB; mounting it needs root."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128M", "tmpfs", name], check=True)
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "-l", name], check=True)


def _fill(disk: Path) -> Callable[[], None]:
    """Leave no byte free; returns what makes room again."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(b"x" * 65_536) == 65_536:
            pass
    return ballast.unlink


def _settings(
    prometheus: FaultProxy, alertmanager: FaultProxy, redis: FaultProxy, elastic: FaultProxy | None
) -> dict[str, str]:
    settings = {
        "CODEAGENT_PROMETHEUS_URL": prometheus.url,
        "CODEAGENT_ALERTMANAGER_URL": alertmanager.url,
        "CODEAGENT_CACHE_REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
    }
    if elastic:
        settings |= {"CODEAGENT_ELASTICSEARCH_URL": elastic.url, "CODEAGENT_LOGS_INDEX": f"{INDEX}-{DOCUMENTS}"}
    return settings


@contextmanager
def _alertmanager() -> Iterator[int]:
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
def _redis() -> Iterator[int]:
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


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def markdown(rows: Sequence[Row]) -> str:
    """The table of docs/reliability.md."""
    head = "| fault | longest answer | failed answers | last good data | well again after | memory of the worker |\n"
    lines = [
        f"| {row.fault} | {row.longest:.2f} s | {row.failed} of {row.requests} | {'kept' if row.has_data else 'lost'} "
        f"| {row.recovery:.1f} s | {row.memory:.0f} MiB |\n"
        for row in rows
    ]
    return head + "| --- | --- | --- | --- | --- | --- |\n" + "".join(lines)


if __name__ == "__main__":
    main()
