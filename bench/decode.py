"""How fast an answer of Prometheus becomes columns, next to prometheus-api-client's plain path.

    python -m bench.decode [--quick]

Both take the same recorded bytes of a real answer. Plain: `json` into dictionaries and MetricRangeDataFrame, as
the library offers it; by hand: the same dictionaries into numpy arrays. Ours:
`queries.metrics.prometheus.decode`, then merged into a day that is held already.
`speedup` is plain time / our time for decoding; also given against the hand-made path.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import numpy as np
import requests
from prometheus_api_client import MetricRangeDataFrame

from bench.common import arguments, finish, prometheus_with_history, say
from queries.core.time_range import DAY, Window, align
from queries.metrics.cache.extents import absorb, pieces_of
from queries.metrics.cache.intervals import Grid
from queries.metrics.frame import Floats
from queries.metrics.prometheus import decode

EXPR = "sum by (endpoint, status) (rate(codeagent_requests_total[1m]))"
STEP = 15


def plain(body: bytes) -> int:
    """The library's way to a pandas frame; how many samples."""
    return len(MetricRangeDataFrame(json.loads(body)["data"]["result"]))


def by_hand(body: bytes) -> list[Floats]:
    """What one writes without knowing better."""
    rows = json.loads(body)["data"]["result"]
    return [np.array([float(value) for _, value in row["values"]]) for row in rows]


def ours(body: bytes, window: Window) -> int:
    """Bytes to a frame; how many samples."""
    return decode.frame(body, window, "prometheus").frame.samples


def best(act: Callable[[], object], rounds: int) -> float:
    """Seconds of the fastest round: the others measured the machine's other work."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        act()
        times.append(time.perf_counter() - begun)
    return min(times)


def merging(body: bytes, window: Window, rounds: int) -> float:
    """Seconds to merge the newest 20 points into the day."""
    grid = Grid.through(window.start, window.step)
    frame = decode.frame(body, window, "prometheus").frame
    last = grid.point(window.end)
    held = absorb((), pieces_of(frame, grid, 0.0, 0.0, last - 4))
    tail = type(frame)(frame.times[-20:], frame.labels, frame.values[:, -20:].copy())
    return best(lambda: absorb(held, pieces_of(tail, grid, 1.0, 1.0, last - 4)), rounds)


def main() -> None:
    """Record one answer, decode it in three ways."""
    options = arguments(__doc__)
    rounds = 5 if options.quick else 20
    with prometheus_with_history() as backend:
        window = align(backend.end - DAY, backend.end, STEP, STEP)
        parameters: dict[str, str | int] = {
            "query": EXPR,
            "start": window.start,
            "end": window.end,
            "step": window.step,
        }
        body = requests.get(f"{backend.url}/api/v1/query_range", params=parameters, timeout=60).content
    samples = ours(body, window)
    mine, hand, theirs = (
        best(lambda: ours(body, window), rounds),
        best(lambda: by_hand(body), rounds),
        best(lambda: plain(body), max(2, rounds // 5)),
    )
    merge = merging(body, window, rounds)
    say(f"{samples:,} samples, {len(body) / 2**20:.1f} MiB")
    for name, seconds in (("plain", theirs), ("by hand", hand), ("ours", mine), ("merge into the day", merge)):
        say(f"{name:20} {seconds * 1000:9.2f} ms {samples / seconds / 1e6:8.2f} million samples/s")
    finish(
        speedup=theirs / mine,
        speedup_by_hand=hand / mine,
        samples_per_second=samples / mine,
        merge_samples_per_second=samples / merge,
        samples=samples,
    )


if __name__ == "__main__":
    main()
