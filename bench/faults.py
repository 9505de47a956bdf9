"""What viewers notice while a backend, the server or a client misbehaves.

    python -m bench.faults [--quick] [--markdown] [--only TEXT]

Fifty viewers of boards and logs on one worker, with a real Prometheus, Alertmanager, Redis and Elasticsearch behind
proxies that break one thing at a time. For each fault: the longest answer, answers with status 5xx or none at all,
whether the last good data stayed, the time until everything is well again, and the worker's memory at its highest.
With --quick only a few faults and no Elasticsearch; with --markdown the table of docs/reliability.md.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.common import finish, prometheus_with_history, say
from bench.fault_kinds import Fault, backend_faults, client_faults, fill, server_faults
from bench.fault_proxy import HTTP_FAULTS, TCP_FAULTS, FaultProxy
from bench.fault_servers import App, alertmanager_server, redis_server, small_disk
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
    lost: frozenset[str]  # panels that had data before the fault and in some answer no longer
    recovery: float  # seconds until all is well
    memory: float  # MiB, the worker's highest

    @property
    def data(self) -> str:
        """What became of the last good data, in words."""
        return f"lost: {', '.join(sorted(self.lost))}" if self.lost else "kept"


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
        lost_data=sum(bool(row.lost) for row in rows),
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
    alertmanager = FaultProxy(stack.enter_context(alertmanager_server()))
    redis = FaultProxy(stack.enter_context(redis_server()))
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
        *backend_faults("Prometheus", prometheus, HTTP_FAULTS, board),
        *backend_faults("Alertmanager", alertmanager, HTTP_FAULTS, board),
        *backend_faults("Redis", redis, TCP_FAULTS, board),
        *(
            backend_faults("Elasticsearch", elastic, HTTP_FAULTS, lambda: look_at_logs(app.url, LOGS_PATH))
            if elastic
            else ()
        ),
        *server_faults(app, board),
        *client_faults(app, LOGS, board),
    ]
    _wait_until_well(board)
    return [proxy for proxy in (prometheus, alertmanager, redis, elastic) if proxy], faults, app, viewers


def measured(fault: Fault, app: App, viewers: Viewers) -> Row:
    """Break it for a while, mend it, and wait until all is well."""
    before, begun, memory = fault.look().with_data or frozenset(), time.monotonic(), 0.0
    end, lost = fault.begin(), frozenset[str]()
    while time.monotonic() < begun + FAULT_SECONDS:
        with_data = fault.look().with_data
        # Without an answer a page keeps what it shows; the viewers count such failures.
        if with_data is not None:
            lost |= before - with_data
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
        lost,
        recovery,
        max(memory, resident_megabytes(app.worker)),
    )
    say(
        f"{row.fault:34s} longest {row.longest:5.2f} s  failed {row.failed:3d} of {row.requests:4d}  "
        f"data {row.data}  well again after {row.recovery:5.1f} s  {row.memory:5.0f} MiB"
        + (f"  ({time.monotonic() - mended:.0f} s)" if recovery > 15 else "")
    )
    return row


def _wait_until_well(look: Callable[[], PageCheck]) -> float:
    """Seconds until a look sees nothing broken, at most RECOVERY_SECONDS."""
    begun = time.monotonic()
    while not look().is_well and time.monotonic() < begun + RECOVERY_SECONDS:
        time.sleep(0.2)
    return time.monotonic() - begun


def full_disk() -> Row:
    """The row of a disk without room, which holds the shared tier, the log files' database and temporary files."""
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk())
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
        return measured(Fault(DISK_FULL, lambda: fill(disk), lambda: look_at_board(app.url)), app, viewers)


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


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def markdown(rows: Sequence[Row]) -> str:
    """The table of docs/reliability.md."""
    head = "| fault | longest answer | failed answers | last good data | well again after | memory of the worker |\n"
    lines = [
        f"| {row.fault} | {row.longest:.2f} s | {row.failed} of {row.requests} | {row.data} "
        f"| {row.recovery:.1f} s | {row.memory:.0f} MiB |\n"
        for row in rows
    ]
    return head + "| --- | --- | --- | --- | --- | --- |\n" + "".join(lines)


if __name__ == "__main__":
    main()
