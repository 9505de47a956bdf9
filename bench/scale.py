"""What one, five thousand viewers cost: the app, and Prometheus behind it.

    python -m bench.scale [--quick] [--url URL]

Viewers of mixed boards and widths, each refreshing every 10 s, against gunicorn and a Prometheus with a day of
history. "One viewer" is one of each mix, so that all runs look at the same things. `upstream_ratio`: queries that
Prometheus got with 1,000 viewers against one of each, each divided by the number of steps that began in its run (a run
in which a step of the day begins needs more queries than one without); `p99_ms`: 99th percentile of a refresh, warm,
with 1,000; `p99_ms_5000` with 5,000, from the moment a viewer is due. All run on the machine's own cores, the viewers
included. Beside it: what the same refreshes cost Prometheus when each viewer asks it directly. With `--url` a running
app is asked instead; then nothing is known about its Prometheus, and `upstream_ratio` comes from the app's own
metrics.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from bench.common import Backend, arguments, cpu_seconds, finish, free_port, prometheus_with_history, say, wait_ready
from bench.viewers import Served, look
from pages import BOARDS
from queries.core.deadline import Deadline
from queries.core.time_range import align, choose_step
from queries.metrics.profile import CODEAGENT
from queries.metrics.prometheus.source import PrometheusSettings, PrometheusSource
from queries.metrics.promql import expand
from queries.metrics.request import Request
from queries.metrics.stagger import board_now

EVERY = 10.0
THOUSAND, MOST = 1_000, 5_000  # viewers
SCRAPE_INTERVAL = 15  # seconds
RANGES = ("now-1h", "now-6h", "now-24h")
WIDTHS = {"m": 300, "l": 600}
HOURS = {"now-1h": 1, "now-6h": 6, "now-24h": 24}


@dataclass(frozen=True)
class Run:
    """One number of viewers."""

    viewers: int
    served: Served
    steps: int
    upstream: float
    samples: float
    app_cpu: float
    prometheus_cpu: float


@dataclass(frozen=True)
class Place:
    """Where the app and its Prometheus are; pids are 0 where unknown."""

    app: str
    app_pid: int
    backend: Backend | None


def mixes(quick: bool) -> list[str]:
    """The refresh addresses that viewers look at."""
    ranges = RANGES[:1] if quick else RANGES
    return [
        f"/api/boards/{board}/refresh?from={start}&to=now&w={width}"
        for board in BOARDS
        for start in ranges
        for width in WIDTHS
    ]


def counted(place: Place) -> tuple[float, float, float, float]:
    """So far: queries and samples that came from upstream, CPU seconds of the app and of Prometheus."""
    text = requests.get(f"{place.app}/metrics", timeout=5).text
    queries = re.findall(r"^dashboards_upstream_requests_total\{[^}]*\} (\S+)", text, re.MULTILINE)
    samples = re.findall(r"^dashboards_samples_total\{from=\"upstream\"\} (\S+)", text, re.MULTILINE)
    prometheus = place.backend.pid if place.backend else 0
    return sum(map(float, queries)), sum(map(float, samples)), _cpu(place.app_pid), _cpu(prometheus)


def measured(place: Place, steps: Mapping[str, int], viewers: int, seconds: float) -> Run:
    """Let them look, beginning where every run begins: two seconds before a step, so that each run sees one.

    `steps` are the addresses with their steps in seconds.
    """
    paths = list(steps)
    shortest = min(steps.values())
    time.sleep((-10 - time.time()) % shortest)
    warm(place, paths)
    time.sleep((-2 - time.time()) % shortest)
    before, began = counted(place), time.time()
    address = urlsplit(place.app)
    # The few look more often than the many, so that in a short run each of them sees the step as well.
    every = EVERY / 4 if viewers == len(paths) else EVERY
    served = asyncio.run(look(str(address.hostname), int(address.port or 80), paths, viewers, every, seconds))
    begun = steps_between(began, time.time(), steps)
    return Run(viewers, served, begun, *(late - early for early, late in zip(before, counted(place), strict=True)))


def steps_between(start: float, end: float, steps: Mapping[str, int]) -> int:
    """How many steps of the boards at these addresses (each with its step in seconds) begin between two Unix times."""
    boards = ((urlsplit(path).path.split("/")[3], step) for path, step in steps.items())
    return sum(int(board_now(end, board) // step) - int(board_now(start, board) // step) for board, step in boards)


def directly(backend: Backend, quick: bool) -> tuple[int, float]:
    """Queries and CPU seconds of Prometheus when one viewer of each mix asks everything itself, once."""
    source = PrometheusSource(PrometheusSettings(backend.url, "prometheus"))
    cpu, queries = cpu_seconds(backend.pid), 0
    for board in BOARDS.values():
        for start in RANGES[:1] if quick else RANGES:
            for points in WIDTHS.values():
                seconds = HOURS[start] * 3_600
                step = choose_step(seconds, points, SCRAPE_INTERVAL)
                window = align(backend.end - seconds, backend.end, step, SCRAPE_INTERVAL)
                for query in (query for panel in board.panels for query in panel.queries):
                    request = Request("prometheus", expand(query.expr, window, {}, CODEAGENT), window)
                    source.range(request, Deadline.after(30))
                    queries += 1
    return queries, cpu_seconds(backend.pid) - cpu


def _cpu(pid: int) -> float:
    return cpu_seconds(pid) if pid else 0.0


@contextmanager
def app_on(backend: Backend) -> Iterator[Place]:
    """gunicorn with one worker, ended afterwards."""
    port = free_port()
    environ = {**os.environ, "CODEAGENT_PROMETHEUS_URL": backend.url, "CODEAGENT_PORT": str(port)}
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "app.main:server"]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_ready(f"http://127.0.0.1:{port}/metrics")
        yield Place(f"http://127.0.0.1:{port}", _worker(process.pid), backend)
    finally:
        process.terminate()
        process.wait(30)


def _worker(master: int) -> int:
    with open(f"/proc/{master}/task/{master}/children") as children:
        return int(children.read().split()[0])


def report(runs: list[Run], direct: tuple[int, float] | None, seconds: float, paths: list[str]) -> None:
    """Lines for people, then the closing one."""
    say("viewers  refreshes  failed   p50 ms   p95 ms   p99 ms  steps  upstream   samples  app CPU  Prometheus CPU")
    for run in runs:
        served = run.served
        p50, p95, p99 = (served.percentile(share) for share in (0.5, 0.95, 0.99))
        say(
            f"{run.viewers:7,} {len(served.milliseconds):10,} {served.failed:7} {p50:8.1f} {p95:8.1f} {p99:8.1f}"
            f" {run.steps:6} {run.upstream:9.0f} {run.samples:9,.0f} {run.app_cpu / seconds:7.0%}"
            f" {run.prometheus_cpu / seconds:14.0%}"
        )
    first = runs[0]
    by_viewers = {run.viewers: run for run in runs}
    thousand, most = by_viewers[THOUSAND], by_viewers[MOST]
    if direct:
        cpu_each = direct[1] / len(paths)
        say(
            f"directly: {direct[0] / len(paths):.0f} queries and {cpu_each * 1000:.0f} ms CPU of Prometheus a refresh;"
            f" {THOUSAND:,} viewers would need {cpu_each * THOUSAND / EVERY:.1f} cores for it alone"
        )
    finish(
        upstream_ratio=(thousand.upstream / max(thousand.steps, 1)) / (max(first.upstream, 1.0) / max(first.steps, 1)),
        p99_ms=thousand.served.percentile(0.99),
        p50_ms=thousand.served.percentile(0.5),
        viewers=THOUSAND,
        failed=sum(run.served.failed for run in runs),
        app_cpu_cores=thousand.app_cpu / seconds,
        p99_ms_5000=most.served.percentile(0.99),
        p50_ms_5000=most.served.percentile(0.5),
        app_cpu_cores_5000=most.app_cpu / seconds,
        prometheus_cpu_ratio=thousand.prometheus_cpu / first.prometheus_cpu if first.prometheus_cpu else 0.0,
        direct_cores=direct[1] / len(paths) * THOUSAND / EVERY if direct else 0.0,
    )


def main() -> None:
    """Run all numbers of viewers."""
    options = arguments(__doc__)
    paths, seconds = mixes(options.quick), 10.0 if options.quick else 60.0
    numbers = [len(paths), THOUSAND, MOST] if options.quick else [len(paths), 100, THOUSAND, MOST]
    if options.url:
        place = Place(options.url.rstrip("/"), 0, None)
        report([_run(place, paths, number, seconds) for number in numbers], None, seconds, paths)
        return
    with prometheus_with_history() as backend, app_on(backend) as place:
        runs = [_run(place, paths, number, seconds) for number in numbers]
        direct = directly(backend, options.quick)
    report(runs, direct, seconds, paths)


def _run(place: Place, paths: list[str], viewers: int, seconds: float) -> Run:
    return measured(place, warm(place, paths), viewers, seconds)


def warm(place: Place, paths: list[str]) -> Mapping[str, int]:
    """Ask for each address once; their steps in seconds."""
    return {path: int(requests.get(place.app + path, timeout=30).json()["window"]["step"]) for path in paths}


if __name__ == "__main__":
    main()
