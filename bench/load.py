"""How long until a person sees data and a chart answers: Chromium on a desktop and on a throttled phone.

    python -m bench.load [--url URL] [--prometheus URL] [--quick]

Without --url it reads the demo's app on port 8050, which must run (`make demo`). The phone has a 4 times slower
processor, 1.6 Mbit/s and 150 ms latency. Each board is loaded by a fresh profile (cold) and once more (warm). In the
same run the query page of the demo's Prometheus is loaded as a peer, from an empty cache. Milliseconds since navigation
started: `data` when the first number or line is painted, `touch` when a chart shows its values at a tap, `ready` when
every panel in view is drawn.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import astuple, fields

from playwright.sync_api import Playwright, sync_playwright

from bench.page_visit import DESKTOP, PHONE, Device, Visit, fresh_browser, peer_visit, refresh_cost, switch_board, visit

BOARDS = ("overview", "providers")


def main() -> int:
    """Print a table and, last, one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8050")
    parser.add_argument("--prometheus", default="http://127.0.0.1:9390", help="the peer")
    parser.add_argument("--quick", action="store_true", help="one run of each instead of five")
    options = parser.parse_args()
    runs = 1 if options.quick else 5
    with sync_playwright() as playwright:
        result: dict[str, float] = {}
        for device in (DESKTOP, PHONE):
            for board in BOARDS:
                result |= _measure(playwright, device, f"{options.url.rstrip('/')}/{board}", board, runs)
        result |= _others(playwright, options.url.rstrip("/"), options.prometheus.rstrip("/"), runs)
    print(json.dumps(result))
    return 0


def _measure(playwright: Playwright, device: Device, address: str, board: str, runs: int) -> dict[str, float]:
    """Medians over `runs` fresh profiles, each visited cold and then warm."""
    visits: dict[str, list[Visit]] = {"cold": [], "warm": []}
    for _ in range(runs):
        with fresh_browser(playwright, device) as context:
            for name in visits:
                visits[name].append(visit(context, device, address))
    result: dict[str, float] = {}
    for name, several in visits.items():
        medians = {field.name: _median([getattr(row, field.name) for row in several]) for field in fields(Visit)}
        _print_row(f"{device.name} {board} {name}", medians)
        result |= {f"{device.name}_{board}_{name}_{field}": value for field, value in medians.items()}
    return result


def _others(playwright: Playwright, url: str, prometheus: str, runs: int) -> dict[str, float]:
    """The change of a board, a refresh on the phone, and the peer with its ratio to our cold overview."""
    switches, refreshes, peers = [], [], []
    for _ in range(runs):
        with fresh_browser(playwright, DESKTOP) as context:
            switches.append(switch_board(context, url))
        with fresh_browser(playwright, PHONE) as context:
            refreshes.append(refresh_cost(context, PHONE, url + "/overview"))
        with fresh_browser(playwright, PHONE) as context:
            peers.append(peer_visit(context, PHONE, prometheus))
    return {
        "switch_ms": _median(switches),
        "phone_refresh_main_thread_ms": _median(refreshes),
        "phone_prometheus_graph_ms": _median([milliseconds for milliseconds, _ in peers]),
        "phone_prometheus_bytes": _median([size for _, size in peers]),
    }


def _median(values: Sequence[float]) -> float:
    return round(float(statistics.median(values)), 3)


def _print_row(name: str, medians: dict[str, float]) -> None:
    visit_row = Visit(**medians)  # type: ignore[arg-type]  # medians of integers are floats
    data, touch, ready, size, requests, long_tasks, shift = astuple(visit_row)
    print(
        f"{name:24s} data {data:6.0f} ms  touch {touch:6.0f} ms  ready {ready:6.0f} ms  {size / 1000:5.0f} kB  "
        f"{requests:2.0f} requests  long tasks {long_tasks:5.0f} ms  layout shift {shift:.3f}",
        file=sys.stderr,
    )


if __name__ == "__main__":
    sys.exit(main())
