"""Time in the browser: a change of daylight saving, a clock that is wrong, the pace that the address says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from app.settings import Settings
from tests.browser.conftest import ready, served
from tests.integration.queries_kit import backfill, prometheus, running

pytestmark = pytest.mark.browser

BERLIN = ZoneInfo("Europe/Berlin")
SCRAPE = 15


def last_change(now: float) -> int:
    """When Berlin last changed its clocks, to the hour."""
    hour = int(now) // 3_600 * 3_600
    offset = datetime.fromtimestamp(hour, BERLIN).utcoffset()
    while datetime.fromtimestamp(hour - 3_600, BERLIN).utcoffset() == offset:
        hour -= 3_600
    return hour


CHANGE = last_change(time.time())
START, END = CHANGE - 5 * 3_600, CHANGE + 7 * 3_600
SPIKE = CHANGE + 3 * 3_600


def history() -> Iterator[str]:
    """Connections over the change: 10, and 900 for ten minutes three hours after it. And some of now."""
    yield "# TYPE codeagent_connections_active gauge"
    now = int(time.time()) // SCRAPE * SCRAPE
    for timestamp in (*range(START - 600, END + 600, SCRAPE), *range(now - 7_200, now + 3_600, SCRAPE)):
        connections = 900 if SPIKE <= timestamp < SPIKE + 600 else 10
        yield f'codeagent_connections_active{{instance="a"}} {connections} {timestamp}'
    yield "# EOF"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("clock")
    backfill(folder, "\n".join([*history(), ""]))
    with running(prometheus(folder)) as server, served(Settings(prometheus_url=server.url)) as address:
        yield address


FIGURE = """() => {
  const chart = codeagent.chartOfPanel("connections");
  const trace = chart.traces.find(({ y }) => y && y.length > 10);
  const place = (index) => trace.startMs + index * trace.dx;
  const ticks = [...document.querySelectorAll("#body-connections [data-t]")];
  return {end: chart.canvas.x.high, peak: place(trace.y.indexOf(900)), last: place(trace.y.length - 1),
          ticks: ticks.map((tick) => [Number(tick.dataset.t), tick.textContent])};
}"""


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC"])
def test_instants_stand_where_they_were_across_a_change_of_daylight_saving(
    browser: Browser, url: str, zone: str
) -> None:
    page = browser.new_page(timezone_id=zone)
    page.goto(f"{url}/websocket?from={START}&to={END}&refresh=off")
    ready(page, "websocket")
    figure = page.evaluate(FIGURE)
    page.close()

    step = 300_000
    assert abs(figure["peak"] - SPIKE * 1_000) <= step
    assert abs(figure["last"] - END * 1_000) <= step
    assert figure["last"] <= figure["end"]
    for instant, text in figure["ticks"]:
        local_time = datetime.fromtimestamp(instant / 1_000, ZoneInfo(zone))
        assert text.endswith(f"{local_time:%H:%M}")
    assert len(figure["ticks"]) >= 3


WRONG = """(() => {
  const Real = Date, off = %d;
  class Wrong extends Real {
    constructor(...given) { if (given.length) super(...given); else super(Real.now() + off); }
    static now() { return Real.now() + off; }
  }
  window.Date = Wrong;
})()"""


@pytest.mark.parametrize("hours", [-2, 1])
def test_a_browser_whose_clock_is_wrong_shows_fresh_data_as_fresh(desktop: Page, url: str, hours: int) -> None:
    desktop.add_init_script(WRONG % (hours * 3_600_000))
    desktop.goto(f"{url}/websocket")
    ready(desktop, "websocket")

    expect(desktop.locator("#live-text")).to_have_text("live")
    desktop.keyboard.press("[")
    desktop.wait_for_url("**from=*")
    end = int(desktop.evaluate("new URLSearchParams(location.search).get('to')"))
    assert abs(end - (time.time() - 3_600)) < 120
    assert datetime.fromtimestamp(end, UTC) < datetime.now(UTC)


@pytest.mark.parametrize("hours", [-2, 1])
@pytest.mark.parametrize("page", ["websocket", "traces"])
def test_the_server_s_clock_is_known_before_any_answer_tells_it(desktop: Page, url: str, hours: int, page: str) -> None:
    desktop.add_init_script(WRONG % (hours * 3_600_000))
    desktop.route("**/api/**", lambda _route: None)  # never answered
    desktop.goto(f"{url}/{page}")

    lead = desktop.evaluate("window.codeagent.clock.now()") / 1_000 - time.time()
    assert abs(lead) < 60


def test_answers_without_a_date_are_as_old_as_they_are(desktop: Page, url: str) -> None:
    def undated(route: Route) -> None:
        answer = route.fetch()
        headers = {name: value for name, value in answer.headers.items() if name.lower() != "date"}
        route.fulfill(response=answer, headers=headers)

    desktop.add_init_script(WRONG % 3_600_000)
    desktop.route("**/refresh?*", undated)
    desktop.goto(f"{url}/websocket")
    ready(desktop, "websocket")

    expect(desktop.locator("#live-text")).to_have_text("live")


def test_the_pace_in_the_address_holds_from_the_start(desktop: Page, url: str) -> None:
    requested: list[float] = []
    desktop.on("request", lambda request: requested.append(time.monotonic()) if "/refresh?" in request.url else None)
    desktop.goto(f"{url}/websocket?refresh=5s")
    ready(desktop, "websocket")
    desktop.wait_for_function("document.getElementById('live-text').textContent === 'live'")
    before = len(requested)
    desktop.wait_for_timeout(8_000)  # longer than five seconds and shorter than the board's own ten

    assert len(requested) > before
