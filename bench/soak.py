"""What a wall that hangs for weeks takes of the browser's memory: Chromium over 10,000 refreshes in quick succession.

    python -m bench.soak [--quick] [--url URL]

The wall shows three boards in turn. Its timers run 50 times as fast, and each answer counts as new, so that every
refresh draws every panel again. In regular intervals, after the garbage has been collected: JavaScript heap, DOM nodes
and event listeners. The last line has the ratios of the last samples to those of the first plateau; 1 is flat. With
--quick 400 refreshes, with --url a server that runs already.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import CDPSession, Page, sync_playwright

from bench.common import arguments, finish, prometheus_with_history, say
from bench.fault_servers import App
from bench.page_visit import DESKTOP, TIMEOUT_MS, fresh_browser

REFRESHES: Final = 10_000
QUICK_REFRESHES: Final = 400
SAMPLES: Final = 40
QUICK_SAMPLES: Final = 12
WALL: Final = "/kiosk?boards=overview,providers,websocket&every=20s&refresh=5s"
STALL_SECONDS: Final = 120.0  # without a refresh the wall has stopped
# The limit of a request stays what it is, since the server is no faster. A reload would hide what has grown.
ACCELERATED: Final = """
(() => {
  const [timeout, interval, json] = [window.setTimeout, window.setInterval, Response.prototype.json];
  const shortened = (delay) => (delay >= 1000 && delay !== 15000 ? delay / 50 : delay);
  window.setTimeout = (act, delay, ...rest) => timeout(act, shortened(delay), ...rest);
  window.setInterval = (act, delay, ...rest) => interval(act, shortened(delay), ...rest);
  window.soak = { refreshes: 0, boards: 0, ofBoard: 0 };
  let revision = 0;
  Response.prototype.json = async function () {
    const answer = await json.call(this);
    for (const panel of answer.panels || []) panel.rev = `${panel.rev}-${(revision += 1)}`;
    return answer;
  };
  document.addEventListener("codeagent:refreshed", () => { window.soak.refreshes += 1; window.soak.ofBoard += 1; });
  document.addEventListener("codeagent:page", () => { window.soak.boards += 1; window.soak.ofBoard = 0; });
})();
"""


@dataclass(frozen=True)
class Sample:
    """What the page holds after so many refreshes."""

    refreshes: int
    boards: int  # changes of the board
    heap: float  # MiB
    nodes: int
    listeners: int


def main() -> None:
    """Print the samples and, last, one line of JSON."""
    options = arguments(__doc__)
    refreshes, count = (QUICK_REFRESHES, QUICK_SAMPLES) if options.quick else (REFRESHES, SAMPLES)
    begun = time.monotonic()
    with _server(options.url) as url:
        samples = soak(url.rstrip("/") + WALL, refreshes, count)
    finish(
        refreshes=samples[-1].refreshes,
        board_changes=samples[-1].boards,
        heap_growth=growth([sample.heap for sample in samples]),
        nodes_growth=growth([sample.nodes for sample in samples]),
        listeners_growth=growth([sample.listeners for sample in samples]),
        heap_mib=samples[-1].heap,
        seconds=round(time.monotonic() - begun),
    )


def growth(values: Sequence[float]) -> float:
    """The median of the last values in relation to that of the early ones."""
    count = len(values)
    early, late = values[count // 10 : count * 3 // 10 + 1], values[count * 4 // 5 :]  # caches fill at the beginning
    return statistics.median(late) / statistics.median(early)


def soak(address: str, refreshes: int, count: int) -> list[Sample]:
    """Samples of a wall, in regular intervals until it has been refreshed so often. Raises TimeoutError."""
    with sync_playwright() as playwright, fresh_browser(playwright, DESKTOP) as context:
        page = context.new_page()
        page.add_init_script(ACCELERATED)
        page.goto(address, timeout=TIMEOUT_MS)
        session = context.new_cdp_session(page)
        session.send("Performance.enable")
        samples = []
        for number in range(1, count + 1):
            _wait(page, refreshes * number // count)
            samples.append(_sample(page, session))
            say(
                f"{samples[-1].refreshes:6,} refreshes, {samples[-1].boards:5,} boards: {samples[-1].heap:6.2f} MiB, "
                f"{samples[-1].nodes:6,} nodes, {samples[-1].listeners:5,} listeners"
            )
        return samples


def _wait(page: Page, refreshes: int) -> None:
    """Return when the wall has been refreshed so often and has just come to its first board again.

    Later in its turn the next board is in memory, too.
    """
    is_fresh = "document.documentElement.dataset.ready === 'overview' && window.soak.ofBoard <= 2"
    is_due = f"() => window.soak.refreshes >= {refreshes} && {is_fresh}"
    last, until = -1, time.monotonic() + STALL_SECONDS
    while not page.evaluate(is_due):
        count = page.evaluate("window.soak.refreshes")
        if count > last:
            last, until = count, time.monotonic() + STALL_SECONDS
        if time.monotonic() > until:
            raise TimeoutError(f"the wall has stopped after {count:,} refreshes")
        page.wait_for_timeout(50)


def _sample(page: Page, session: CDPSession) -> Sample:
    for _ in range(2):  # what the first pass releases may hold more
        session.send("HeapProfiler.collectGarbage")
    metrics = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
    counters = session.send("Memory.getDOMCounters")
    counts = page.evaluate("window.soak")
    return Sample(
        refreshes=counts["refreshes"],
        boards=counts["boards"],
        heap=metrics["JSHeapUsedSize"] / 2**20,
        nodes=counters["nodes"],
        listeners=counters["jsEventListeners"],
    )


@contextmanager
def _server(url: str) -> Iterator[str]:
    """The address of a running server, or one over a day of history for the block."""
    if url:
        yield url
        return
    with prometheus_with_history() as backend:
        app = App({"CODEAGENT_PROMETHEUS_URL": backend.url})
        try:
            yield app.url
        finally:
            app.stop()


if __name__ == "__main__":
    main()
