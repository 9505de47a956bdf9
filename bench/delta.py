"""What a refresh of a 24 h board costs the backend, with the cache and without.

    python -m bench.delta [--quick]

Ten minutes of simulated time, a refresh each 10 s, over the System Overview's expressions at 15 s steps, against a
Prometheus with a day of history. `samples_ratio`: samples fetched by a refresh against those of a fresh load.
`prometheus_cpu_ratio`: CPU time of Prometheus for a refresh with the cache against one without.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from bench.common import Backend, arguments, cpu_seconds, finish, prometheus_with_history, say
from pages.overview import BOARD
from panels.spec import Over
from queries.core.deadline import Deadline
from queries.core.time_range import DAY, align
from queries.metrics.engine import Engine
from queries.metrics.profile import CODEAGENT
from queries.metrics.prometheus.source import PrometheusSettings, PrometheusSource
from queries.metrics.promql import expand
from queries.metrics.request import Answer, Request

STEP = 15
EVERY = 10
MINUTES = 10
DEADLINE = 60.0


@dataclass(frozen=True)
class Cost:
    """Of one refresh, on average."""

    samples: float
    cpu: float
    milliseconds: float


def requests_at(now: float) -> list[Request]:
    """Every range query of the board over the last 24 hours."""
    window = align(now - DAY, now, STEP, STEP)
    templates = dict.fromkeys(
        query.expr for panel in BOARD.panels for query in panel.queries if query.over is Over.RANGE
    )
    return [Request("prometheus", expand(template, window, {}, CODEAGENT), window) for template in templates]


def cached(source: PrometheusSource, backend: Backend, start: int) -> tuple[int, Cost]:
    """Samples of the first load, and the cost of each refresh after it."""
    clock = [float(start)]
    engine = Engine({"prometheus": source}, clock=lambda: clock[0])
    first = _fetched(engine, clock[0])
    rounds = MINUTES * 60 // EVERY
    cpu, begun, samples = cpu_seconds(backend.pid), time.perf_counter(), 0
    for _ in range(rounds):
        clock[0] += EVERY
        samples += _fetched(engine, clock[0])
    spent = time.perf_counter() - begun
    engine.close()
    return first, Cost(samples / rounds, (cpu_seconds(backend.pid) - cpu) / rounds, spent / rounds * 1000)


def direct(source: PrometheusSource, backend: Backend, start: int, rounds: int) -> Cost:
    """The cost of a refresh that asks for everything."""
    cpu, begun, samples = cpu_seconds(backend.pid), time.perf_counter(), 0
    for number in range(rounds):
        for request in requests_at(start + number * EVERY):
            samples += source.range(request, Deadline.after(DEADLINE)).frame.samples
    spent = time.perf_counter() - begun
    return Cost(samples / rounds, (cpu_seconds(backend.pid) - cpu) / rounds, spent / rounds * 1000)


def _fetched(engine: Engine, now: float) -> int:
    outcomes = engine.run_many(requests_at(now), DEADLINE)
    failed = [outcome for outcome in outcomes if not isinstance(outcome, Answer)]
    if failed:
        raise SystemExit(f"a query failed: {failed[0]}")
    return sum(outcome.samples_fetched for outcome in outcomes if isinstance(outcome, Answer))


def main() -> None:
    """Run both and compare."""
    options = arguments(__doc__)
    with prometheus_with_history() as backend:
        source = PrometheusSource(PrometheusSettings(backend.url, "prometheus"))
        start = backend.end - MINUTES * 60
        plain = direct(source, backend, start, 3 if options.quick else 10)
        first, saving = cached(source, backend, start)
    queries = len(requests_at(start))
    say(f"board: {queries} queries over 24 h at {STEP} s, a refresh each {EVERY} s for {MINUTES} simulated minutes")
    say("a refresh    samples   CPU of Prometheus   time")
    for name, cost in (("without", plain), ("with", saving)):
        say(f"{name:8} {cost.samples:>11,.0f} {cost.cpu * 1000:>16.1f} ms {cost.milliseconds:>8.1f} ms")
    finish(
        samples_ratio=saving.samples / first,
        prometheus_cpu_ratio=saving.cpu / plain.cpu,
        samples_fresh=first,
        samples_refresh=saving.samples,
        refresh_ms=saving.milliseconds,
        direct_ms=plain.milliseconds,
    )


if __name__ == "__main__":
    main()
