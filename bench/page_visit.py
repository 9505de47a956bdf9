"""One visit of one page by Chromium, on a desktop or on a throttled phone: when its data and its charts are there.

Times are milliseconds since navigation started (https://www.w3.org/TR/navigation-timing-2/), long tasks those of
https://www.w3.org/TR/longtasks-1/, layout shifts those of https://wicg.github.io/layout-instability/.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from playwright.sync_api import BrowserContext, CDPSession, Page, Playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
TIMEOUT_MS = 60_000
PEER_GRAPH = ".rickshaw_graph path, .graph canvas"  # Debian's classic page, and the one of Prometheus' own releases

# Runs in the page before anything else. `data`: the first number or line is painted; `touch`: a chart shows its values
# after a tap (or below the pointer); `ready`: every panel in view is drawn.
WATCH = """
window.__visit = {longTasks: 0, shift: 0};
const visit = window.__visit;
const isTouch = navigator.maxTouchPoints > 0;
new PerformanceObserver((list) => { for (const entry of list.getEntries()) visit.longTasks += entry.duration; })
  .observe({type: 'longtask', buffered: true});
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) visit.shift += entry.value;
}).observe({type: 'layout-shift', buffered: true});
const tap = (chart) => {
  const box = chart.getBoundingClientRect();
  const where = {clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, bubbles: true, pointerId: 9,
    isPrimary: true, pointerType: isTouch ? 'touch' : 'mouse', button: isTouch ? 0 : -1};
  for (const type of isTouch ? ['pointerdown', 'pointerup'] : ['pointermove'])
    chart.dispatchEvent(new PointerEvent(type, where));
};
const look = () => {
  if (!visit.data && document.querySelector('[data-first-data], .tile-number, .chart-picture'))
    requestAnimationFrame(() => { visit.data = visit.data || performance.now(); });
  const chart = visit.touch ? null : document.querySelector('.chart-view');
  if (chart) tap(chart);
  if (chart && document.querySelector('.tip:not([hidden])')) visit.touch = performance.now();
  if (!visit.ready && document.documentElement && document.documentElement.dataset.ready)
    visit.ready = performance.now();
  if (!visit.ready || !visit.touch) setTimeout(look, 20);
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
    """One load of one page: milliseconds, bytes over the wire, requests; `shift` is the layout shift score."""

    data: float
    touch: float
    ready: float
    bytes: int
    requests: int
    long_tasks: float
    shift: float


class Traffic:
    """Counts what came over the wire; answers from the browser's cache are not counted."""

    def __init__(self, session: CDPSession) -> None:
        self.bytes = 0
        self.requests = 0
        self._cached: set[str] = set()
        session.send("Network.enable")
        session.on("Network.requestServedFromCache", lambda event: self._cached.add(event["requestId"]))
        session.on("Network.loadingFinished", self._finish)

    def _finish(self, event: dict[str, object]) -> None:
        size = int(str(event["encodedDataLength"]).split(".")[0])
        if str(event["requestId"]) in self._cached or size == 0:
            return
        self.bytes += size
        self.requests += 1


@contextmanager
def fresh_browser(playwright: Playwright, device: Device) -> Iterator[BrowserContext]:
    """A browser with an empty profile."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            args=list(FLAGS),
            viewport={"width": device.width, "height": device.height},
            is_mobile=device is PHONE,
            has_touch=device is PHONE,
            # As the browser of the device sends it.
            extra_http_headers={"Sec-CH-UA-Mobile": "?1" if device is PHONE else "?0"},
            # Neither the throttling nor the count of bytes reaches what a worker requests.
            service_workers="block",
        )
        yield context
        context.close()


@contextmanager
def throttled_page(context: BrowserContext, device: Device) -> Iterator[tuple[Page, CDPSession]]:
    """A page as fast as the device."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    if device.kilobits:
        rate = device.kilobits * 1_000 / 8
        conditions = {"latency": device.latency_ms, "downloadThroughput": rate, "uploadThroughput": rate}
        session.send("Network.emulateNetworkConditions", {"offline": False, **conditions})
    if device.slow_down != 1:
        session.send("Emulation.setCPUThrottlingRate", {"rate": device.slow_down})
    yield page, session
    page.close()


def visit(context: BrowserContext, device: Device, address: str) -> Visit:
    """Load a board, and wait until it is drawn and a chart of it has answered."""
    with throttled_page(context, device) as (page, session):
        traffic = Traffic(session)
        page.add_init_script(WATCH)
        page.goto(address, wait_until="commit", timeout=TIMEOUT_MS)
        page.wait_for_selector("html[data-ready]", timeout=TIMEOUT_MS, state="attached")
        size, requests = traffic.bytes, traffic.requests
        page.wait_for_selector(".tip:not([hidden])", timeout=TIMEOUT_MS, state="attached")
        page.wait_for_timeout(50)
        marks = page.evaluate("window.__visit")
    return Visit(
        data=marks.get("data", marks["ready"]),
        touch=marks["touch"],
        ready=marks["ready"],
        bytes=size,
        requests=requests,
        long_tasks=marks["longTasks"],
        shift=marks["shift"],
    )


def refresh_cost(context: BrowserContext, device: Device, address: str) -> float:
    """Milliseconds of the main thread for one refresh of a board that is on the screen."""
    with throttled_page(context, device) as (page, session):
        page.goto(address, timeout=TIMEOUT_MS)
        page.wait_for_selector("html[data-ready]", timeout=TIMEOUT_MS, state="attached")
        page.wait_for_timeout(1_000)
        session.send("Performance.enable")
        before = _task_ms(session)
        with page.expect_response(lambda response: "/refresh?" in response.url):
            page.keyboard.press("r")
        page.wait_for_timeout(500)
        return _task_ms(session) - before


def _task_ms(session: CDPSession) -> float:
    metrics = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"]) * 1_000


def peer_visit(context: BrowserContext, device: Device, address: str) -> tuple[float, int]:
    """The query page of Prometheus: milliseconds until its graph is drawn, and bytes."""
    with throttled_page(context, device) as (page, session):
        traffic = Traffic(session)
        page.goto(f"{address}/graph?g0.expr=up&g0.tab=0&g0.range_input=1h", wait_until="commit", timeout=TIMEOUT_MS)
        page.wait_for_selector(PEER_GRAPH, timeout=TIMEOUT_MS, state="attached")
        return float(page.evaluate("performance.now()")), traffic.bytes


def switch_board(context: BrowserContext, url: str) -> float:
    """Milliseconds from a click on the next board until its data are drawn."""
    with throttled_page(context, DESKTOP) as (page, _):
        page.goto(url + "/overview")
        page.wait_for_selector('html[data-ready="overview"]', timeout=TIMEOUT_MS, state="attached")
        page.locator('a.nav-link[href^="/websocket"]').hover()
        page.wait_for_timeout(300)  # nobody clicks in the instant the pointer arrives
        return float(page.evaluate(_SWITCH))


_SWITCH = """async () => {
  const start = performance.now();
  document.querySelector('a.nav-link[href^="/websocket"]').click();
  const root = document.documentElement;
  while (root.dataset.data !== 'websocket' || !document.querySelector('#body-connections .chart-picture'))
    await new Promise((next) => setTimeout(next, 5));
  return performance.now() - start;
}"""
