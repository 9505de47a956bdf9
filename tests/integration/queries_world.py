"""Four hours of awkward series: resets, gaps, births, deaths, changed labels, NaN and Inf."""

from __future__ import annotations

import math
import random

SCRAPE = 15
HOURS = 4
BOUNDS = ("10", "50", "100", "500", "+Inf")


def openmetrics(end: int, seed: int = 7) -> str:
    """The world up to `end` (epoch seconds) as OpenMetrics text."""
    rng = random.Random(seed)
    times = range(end - HOURS * 3_600, end + 1, SCRAPE)
    middle = times[len(times) // 2]
    lines: list[str] = ["# TYPE requests counter"]
    for endpoint, birth, death, reset in (
        ("/a", times[0], times[-1], middle),
        ("/b", middle, times[-1], 0),
        ("/c", times[0], middle - 600, 0),
        ("/d", times[0], times[-1], middle + 605),
        ("/e", middle - 1_200, middle + 1_200, 0),
    ):
        total = rng.randrange(1_000)
        for instant in times:
            total = 0 if reset and reset <= instant < reset + SCRAPE else total + rng.randrange(40)
            gone = endpoint == "/d" and middle - 1_500 <= instant < middle - 700
            if birth <= instant <= death and not gone:
                version = "1" if instant < middle + 900 else "2"  # a deployment changes a label
                lines.append(f'requests_total{{endpoint="{endpoint}",version="{version}"}} {total} {instant}')
    lines.append("# TYPE latency histogram")
    counts = [0] * len(BOUNDS)
    for instant in times:
        busy = not middle <= instant < middle + 1_800  # half an hour without any observation
        counts = [count + busy * rng.randrange(3) * (index + 1) for index, count in enumerate(counts)]
        cumulative = [sum(counts[: index + 1]) for index in range(len(counts))]
        lines += [
            f'latency_bucket{{le="{le}"}} {count} {instant}' for le, count in zip(BOUNDS, cumulative, strict=True)
        ]
        lines += [f"latency_count {cumulative[-1]} {instant}", f"latency_sum {cumulative[-1] * 42.5} {instant}"]
    lines.append("# TYPE load gauge")
    for host in ("one", "two"):
        for instant in times:
            value = math.sin(instant / 900) * 50 + rng.random()
            odd = {0: "NaN", 1: "+Inf"}.get((instant // SCRAPE) % 97, f"{value:.6f}")
            lines.append(f'load{{host="{host}"}} {odd} {instant}')
    return "\n".join([*lines, "# EOF", ""])


EXPRESSIONS = (
    "load",
    "requests_total",
    "sum by (endpoint) (rate(requests_total[1m]))",
    "sum(rate(requests_total[2m])) by (version)",
    "increase(requests_total[5m])",
    "histogram_quantile(0.9, sum by (le) (rate(latency_bucket[2m])))",
    "topk(1, load)",  # without ties: Prometheus itself breaks them at random
    "absent(requests_total{endpoint='/e'})",
    "max_over_time(sum(rate(requests_total[1m]))[10m:1m])",
    "load offset 10m > 0",
    "100 * (sum(rate(requests_total{version='2'}[1m])) or 0 * sum(rate(requests_total[1m])))"
    " / sum(rate(requests_total[1m]))",
    "count_values('v', requests_total % 3)",
    "label_replace(load, 'name', '$1', 'host', '(.).*')",
    "time()",
    "42",
    "vector(NaN)",
    "sum(requests_total @ end()) + sum(load)",
    "requests_total - requests_total @ start()",
    "load offset -7m",
    "nothing_of_that_name",
)
