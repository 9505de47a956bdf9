"""The layer's own metrics, in a registry that the caller gives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from queries.core.circuit_breaker import Circuit, ConcurrencyLimiter
from queries.metrics.cache.memory import Memory
from queries.metrics.request import Answer, Outcome, Pending

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Stats:
    """Counts what the engine does; every name begins with `dashboards_`."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        own = registry or CollectorRegistry()
        self.registry = own
        self.answers = Counter(
            "dashboards_answers_total", "Answers by origin, and pending and failed ones.", ["origin"], registry=own
        )
        self.upstream = Counter(
            "dashboards_upstream_requests_total", "Queries sent to a source.", ["source", "outcome"], registry=own
        )
        self.samples = Counter(
            "dashboards_samples_total",
            "Samples fetched from upstream, and those that viewers got from memory.",
            ["from"],
            registry=own,
        )
        self.upstream_bytes = Counter(
            "dashboards_upstream_bytes_total", "Bytes of upstream answers.", ["source"], registry=own
        )
        self.joined = Counter("dashboards_joined_total", "Requests that joined a fetch.", ["where"], registry=own)
        self.shared = Counter("dashboards_shared_cache_total", "Shared tier look-ups.", ["result"], registry=own)
        self.refreshed = Counter("dashboards_background_refreshes_total", "Refreshes nobody waited for.", registry=own)
        self.steps = Histogram(
            "dashboards_step_seconds", "Time in a step, inner steps included.", ["step"], buckets=_SECONDS, registry=own
        )

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """A gauge that is read when it is scraped."""
        Gauge(f"dashboards_{name}", text, registry=self.registry).set_function(read)

    def count(self, outcome: Outcome) -> None:
        """Count what a viewer got."""
        if isinstance(outcome, Answer):
            self.answers.labels(outcome.origin.value).inc()
            self.samples.labels("memory").inc(outcome.samples_reused)
        else:
            self.answers.labels("pending" if isinstance(outcome, Pending) else "failed").inc()

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Observe how long the block took."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.steps.labels(step).observe(time.perf_counter() - begun)


def watch(stats: Stats, memory: Memory, budget: int, limiters: Mapping[str, ConcurrencyLimiter]) -> None:
    """Gauges of an engine's process tier, which may hold `budget` bytes, and of the circuits before its sources."""
    stats.gauge("cache_bytes", "Bytes in the process tier.", lambda: memory.bytes)
    stats.gauge("cache_entries", "Entries in the process tier.", lambda: len(memory))
    stats.gauge("cache_evicted", "Entries evicted from the process tier.", lambda: memory.evicted)
    stats.gauge("cache_budget_bytes", "Bytes the process tier may hold.", lambda: budget)
    circuits = Gauge("dashboards_circuit_open", "1 while a source is not asked.", ["source"], registry=stats.registry)
    for name, limiter in limiters.items():
        circuits.labels(name).set_function(partial(_is_open, limiter))


def _is_open(limiter: ConcurrencyLimiter) -> float:
    return float(limiter.breaker.state is not Circuit.CLOSED)
