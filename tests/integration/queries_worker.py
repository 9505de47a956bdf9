"""A worker process for tests: one engine on a shared tier, asked once; prints where the answer came from.

Arguments: source address, shared tier, expression, start, end, step, the clock's time, lease seconds.
"""

from __future__ import annotations

import sys

from queries.core.time_range import Window
from queries.metrics.cache.backends import open_store
from queries.metrics.cache.lease import open_leases
from queries.metrics.engine import Engine, EngineSettings
from queries.metrics.prometheus.source import PrometheusSettings, PrometheusSource
from queries.metrics.request import Request


def main() -> None:
    """Ask once and print origin and samples fetched."""
    url, tier, expr, start, end, step, now, lease_seconds = sys.argv[1:]
    engine = Engine(
        {"prometheus": PrometheusSource(PrometheusSettings(url, "prometheus"))},
        open_store(tier),
        EngineSettings(retries=0),
        lambda: float(now),
        open_leases(tier, float(lease_seconds)),
    )
    print("ready", flush=True)
    sys.stdin.readline()
    answer = engine.run(Request("prometheus", expr, Window(int(start), int(end), int(step))), 20)
    print(answer.origin.value, answer.samples_fetched, answer.frame.samples, flush=True)
    engine.close()


if __name__ == "__main__":
    main()
