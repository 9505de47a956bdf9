"""How long until a person sees data: Chromium on a desktop and on a throttled phone, empty and warm cache.

    python -m bench.load [--url URL] [--quick]

Without --url it reads the demo's app on port 8050, which must run (`make demo`). The phone has a 4 times slower
processor, 1.6 Mbit/s and 150 ms latency. `first_data` is the moment the first number or line is painted,
`interactive` when every panel in view has drawn and listens, in milliseconds since navigation started.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, CDPSession, Page, Playwright, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
TIMEOUT_MS = 60_000

# Runs in the page before anything else and notes when the first number or line is there.
WATCH = """
window.__seen = {};
const look = () => {
  const drawn = '[data-first-data], .tile-number, .chart-picture';
  if (!window.__seen.data && document.querySelector(drawn))
    requestAnimationFrame(() => { window.__seen.data = window.__seen.data || performance.now(); });
  if (!window.__seen.ready && document.documentElement && document.documentElement.dataset.ready)
    window.__seen.ready = performance.now();
  if (!window.__seen.ready) setTimeout(look, 10);
};
look();
"""


@dataclass(frozen=True)
class Device:
    """A screen, and how slow its processor and network are."""

    name: str
    width: int
    height: int
    slow_down: float = 1.0
    kilobits: float = 0.0
    latency_ms: float = 0.0


DESKTOP = Device("desktop", 1440, 900)
PHONE = Device("phone", 390, 844, 4.0, 1_600.0, 150.0)


@dataclass(frozen=True)
class Visit:
    """One load of one page: milliseconds, bytes over the wire, requests."""

    first_data: float
    interactive: float
    bytes: int
    requests: int


def main() -> int:
    """Print a table and, last, one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8050")
    parser.add_argument("--quick", action="store_true", help="one run of each instead of five")
    options = parser.parse_args()
    with sync_playwright() as playwright:
        print(json.dumps(measure(playwright, options.url.rstrip("/"), 1 if options.quick else 5)))
    return 0


def measure(playwright: Playwright, url: str, runs: int) -> dict[str, float]:
    """Medians over `runs` fresh profiles, each visited cold and then warm."""
    result: dict[str, float] = {}
    for device in (DESKTOP, PHONE):
        cold, warm, switches = [], [], []
        for _ in range(runs):
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
                context = _context(playwright, device, profile)
                cold.append(_visit(context, device, url + "/overview"))
                warm.append(_visit(context, device, url + "/overview"))
                if device is DESKTOP:
                    switches.append(_switch(context, url))
                context.close()
        for name, visits in (("cold", cold), ("warm", warm)):
            _say(device, name, visits)
            result[f"{device.name}_{name}_first_data_ms"] = _median([visit.first_data for visit in visits])
            interactive = "all" if device is DESKTOP else "interactive"
            result[f"{device.name}_{name}_{interactive}_ms"] = _median([visit.interactive for visit in visits])
            result[f"bytes_{name}"] = _median([visit.bytes for visit in visits])
            result[f"requests_{name}"] = _median([visit.requests for visit in visits])
        if switches:
            result["switch_ms"] = _median(switches)
    return result


def _context(playwright: Playwright, device: Device, profile: str) -> BrowserContext:
    return playwright.chromium.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=FLAGS, viewport={"width": device.width, "height": device.height},
        is_mobile=device is PHONE, has_touch=device is PHONE,
    )  # fmt: skip


def _visit(context: BrowserContext, device: Device, address: str) -> Visit:
    page = context.new_page()
    session = context.new_cdp_session(page)
    traffic = _Traffic(session)
    _throttle(session, device)
    page.add_init_script(WATCH)
    page.goto(address, wait_until="commit", timeout=TIMEOUT_MS)
    page.wait_for_selector("html[data-ready]", timeout=TIMEOUT_MS, state="attached")
    page.wait_for_timeout(50)
    marks = page.evaluate("window.__seen")
    page.close()
    return Visit(marks.get("data", marks["ready"]), marks["ready"], traffic.bytes, traffic.requests)


class _Traffic:
    """Counts what came over the wire; answers from the browser's cache are not counted."""

    def __init__(self, session: CDPSession) -> None:
        self.bytes = 0
        self.requests = 0
        self._cached: set[str] = set()
        session.send("Network.enable")
        session.on("Network.requestServedFromCache", lambda event: self._cached.add(event["requestId"]))
        session.on("Network.loadingFinished", self._finished)

    def _finished(self, event: dict[str, object]) -> None:
        size = int(str(event["encodedDataLength"]).split(".")[0])
        if str(event["requestId"]) in self._cached or size == 0:
            return
        self.bytes += size
        self.requests += 1


def _throttle(session: CDPSession, device: Device) -> None:
    if device.kilobits:
        rate = device.kilobits * 1_000 / 8
        session.send("Network.emulateNetworkConditions", {
            "offline": False, "latency": device.latency_ms, "downloadThroughput": rate, "uploadThroughput": rate,
        })  # fmt: skip
    if device.slow_down != 1:
        session.send("Emulation.setCPUThrottlingRate", {"rate": device.slow_down})


def _switch(context: BrowserContext, url: str) -> float:
    """From one board to the next by a click, until its data are drawn."""
    page: Page = context.new_page()
    page.goto(url + "/overview")
    page.wait_for_selector('html[data-ready="overview"]', timeout=TIMEOUT_MS, state="attached")
    link = page.locator('a.nav-link[href^="/websocket"]')
    link.hover()
    page.wait_for_timeout(300)  # nobody clicks in the instant the pointer arrives
    took = page.evaluate(
        """async () => {
          const begun = performance.now();
          document.querySelector('a.nav-link[href^="/websocket"]').click();
          const root = document.documentElement;
          while (root.dataset.data !== 'websocket' || !document.querySelector('#body-connections .chart-picture'))
            await new Promise((next) => setTimeout(next, 5));
          return performance.now() - begun;
        }"""
    )
    page.close()
    return float(took)


def _median(values: list[float] | list[int]) -> float:
    return round(float(statistics.median(values)), 1)


def _say(device: Device, name: str, visits: list[Visit]) -> None:
    row = [
        _median([getattr(visit, field) for visit in visits])
        for field in ("first_data", "interactive", "bytes", "requests")
    ]
    print(f"{device.name:8s} {name:5s} first data {row[0]:7.0f} ms  interactive {row[1]:7.0f} ms  "
          f"{row[2] / 1000:7.0f} kB  {row[3]:3.0f} requests", file=sys.stderr)  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
