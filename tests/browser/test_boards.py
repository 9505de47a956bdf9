"""The boards in a real browser: everything is there, nothing is cut off, the address holds all state."""

from __future__ import annotations

import re
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from pages import BOARDS, NAVIGATION
from panels.spec import Dashboard
from tests.browser.conftest import ready
from tests.offered import panels_of_contract

pytestmark = pytest.mark.browser

BOARD_PARAMETERS = [pytest.param(board, id=board.id) for board in BOARDS.values()]


def scroll_through(page: Page) -> None:
    """Bring every panel near the screen once."""
    for _ in range(40):
        page.mouse.wheel(0, 700)
        page.wait_for_timeout(120)
        if page.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 1"):
            return


def states(page: Page) -> dict[str, str]:
    """Panel id to state."""
    return dict(page.eval_on_selector_all("[data-panel]", "all => all.map(e => [e.dataset.panel, e.dataset.state])"))


def show_all(page: Page, board: Dashboard) -> dict[str, str]:
    """Every panel's state once none is loading any more."""
    scroll_through(page)
    for _ in range(100):
        by_panel = states(page)
        if not set(by_panel.values()) & {"loading", "pending"}:
            return by_panel
        page.wait_for_timeout(100)
    return states(page)


@pytest.mark.parametrize("board", BOARD_PARAMETERS)
def test_every_panel_shows_data_on_a_desktop(desktop: Page, app_url: str, board: Dashboard) -> None:
    desktop.goto(f"{app_url}{board.path}?from=now-24h")
    ready(desktop, board.id)

    assert {panel.id: "fresh" for panel in panels_of_contract(board)} == show_all(desktop, board)
    expect(desktop.locator(".chart-view svg.figure").first).to_be_visible()


@pytest.mark.parametrize("board", BOARD_PARAMETERS)
def test_a_phone_shows_every_panel_and_never_scrolls_sideways(phone: Page, app_url: str, board: Dashboard) -> None:
    phone.goto(f"{app_url}{board.path}?from=now-24h")
    ready(phone, board.id)

    assert {panel.id: "fresh" for panel in panels_of_contract(board)} == show_all(phone, board)
    assert phone.evaluate("document.documentElement.scrollWidth") == 390


def test_plotly_is_fetched_for_the_full_view_of_a_chart_only(desktop: Page, app_url: str) -> None:
    addresses: list[str] = []
    desktop.on("request", lambda request: addresses.append(request.url))
    desktop.goto(f"{app_url}/overview")
    ready(desktop, "overview")
    assert [address for address in addresses if "plotly" in address] == []

    desktop.click('[data-panel-menu="latency"]')
    desktop.click("text=Explore chart")
    desktop.locator(".explore-chart .scatterlayer .trace").first.wait_for()
    (plotly,) = (address for address in addresses if "plotly" in address)
    assert re.search(r"/static/plotly\.[0-9a-f]{16}\.js$", plotly)

    desktop.click(".explore-chart [data-close]")
    expect(desktop.locator(".explore-chart")).to_have_count(0)


def test_range_and_filter_survive_a_reload_and_the_back_button(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/api-performance")
    ready(desktop, "api-performance")
    desktop.click('[data-menu="range"]')
    desktop.click("text=Last 6 hours")
    desktop.click('[data-menu="filter-endpoint"]')
    desktop.click('label.check:has-text("/v1/embeddings")')
    desktop.wait_for_url("**/api-performance?from=now-6h&endpoint=/v1/embeddings")

    desktop.reload()
    ready(desktop, "api-performance")
    expect(desktop.locator('[data-menu="filter-endpoint"]')).to_contain_text("/v1/embeddings")
    expect(desktop.locator('[data-menu="range"]')).to_contain_text("Last 6 hours")
    expect(desktop.locator("#panel-slowest tbody tr")).to_have_count(1)

    desktop.go_back()
    expect(desktop.locator('[data-menu="filter-endpoint"]')).to_contain_text("Endpoint")
    expect(desktop.locator("#panel-slowest tbody tr")).to_have_count(8)
    expect(desktop.locator('[data-menu="range"]')).to_contain_text("Last 6 hours")


def test_a_click_on_an_endpoint_opens_its_page_and_back_returns(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/api-performance?from=now-6h")
    ready(desktop, "api-performance")
    desktop.click("#panel-slowest tbody tr:has-text('/v1/embeddings')")

    ready(desktop, "endpoint")
    assert "from=now-6h&endpoint=/v1/embeddings" in desktop.url
    expect(desktop.locator(".board-title")).to_have_text("/v1/embeddings")

    desktop.go_back()
    ready(desktop, "api-performance")
    assert desktop.url.endswith("/api-performance?from=now-6h")


def test_a_refresh_brings_newer_data_without_a_reload(desktop: Page, app_url: str) -> None:
    ends: list[int] = []
    desktop.on(
        "response", lambda answer: ends.append(answer.json()["window"]["end"]) if "/refresh?" in answer.url else None
    )
    desktop.goto(f"{app_url}/overview?from=now-5m&refresh=5s")
    ready(desktop, "overview")
    desktop.evaluate("window.__same = true")

    # The window moves with its step of half a minute; a response may be served for 10 more seconds.
    for _ in range(60):
        desktop.wait_for_timeout(1_000)
        if len(ends) >= 3 and ends[-1] > ends[0]:
            break

    assert len(ends) >= 3
    assert ends[-1] > ends[0]
    assert desktop.evaluate("window.__same")


def test_boards_are_switched_without_a_reload_and_keep_the_range(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/overview?from=now-3h")
    ready(desktop, "overview")
    desktop.evaluate("window.__same = true")
    for board in NAVIGATION[1:]:
        desktop.click(f'a.nav-link[title="{board.title}"]')
        ready(desktop, board.id)
        assert desktop.url.endswith(f"{board.path}?from=now-3h")

    assert desktop.evaluate("window.__same")


def test_dragging_on_a_chart_zooms_the_whole_page(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/overview?from=now-24h")
    ready(desktop, "overview")
    box = desktop.locator("#body-latency .chart-view").bounding_box()
    assert box is not None
    desktop.mouse.move(box["x"] + 200, box["y"] + 40)
    desktop.mouse.down()
    desktop.mouse.move(box["x"] + 320, box["y"] + 42, steps=6)
    desktop.mouse.up()

    desktop.wait_for_url(re.compile(r"from=\d+&to=\d+"))
    expect(desktop.locator('[data-menu="range"]')).not_to_contain_text("Last 24 hours")


def test_the_pointer_shows_one_time_on_every_chart(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/overview?from=now-24h")
    ready(desktop, "overview")
    box = desktop.locator("#body-latency .chart-view").bounding_box()
    assert box is not None
    desktop.mouse.move(box["x"] + 200, box["y"] + 60)

    expect(desktop.locator(".tip")).to_contain_text("p95")
    marks = desktop.eval_on_selector_all(".crosshair", "all => all.filter(e => !e.hidden).length")
    assert marks >= 4


def test_the_period_before_is_drawn_faintly_behind(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/overview?from=now-1h")
    ready(desktop, "overview")
    count = "codeagent.chartOfPanel('latency').traces.length"
    before = desktop.evaluate(count)
    desktop.click('[data-menu="compare"]')
    desktop.click("text=Previous day")

    desktop.wait_for_url("**compare=day**")
    for _ in range(50):
        if desktop.evaluate(count) > before:
            break
        desktop.wait_for_timeout(100)
    assert desktop.evaluate(count) > before


def test_theme_and_zone_are_applied_in_the_browser(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/overview?theme=dark&tz=utc")
    ready(desktop, "overview")

    assert desktop.evaluate("document.documentElement.dataset.theme") == "dark"
    expect(desktop.locator('[data-menu="range"]')).to_contain_text("UTC")
    desktop.click("[data-theme-toggle]")
    assert desktop.evaluate("document.documentElement.dataset.theme") == "light"


def test_charts_show_the_viewers_clock(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/overview?from=now-1h")
    ready(desktop, "overview")
    ticks = desktop.eval_on_selector_all(
        "#body-latency [data-t]", "all => all.map(e => [Number(e.dataset.t), e.textContent])"
    )

    assert abs(ticks[-1][0] / 1_000 - time.time()) < 900
    for instant, text in ticks:
        assert text == f"{datetime.fromtimestamp(instant / 1_000, ZoneInfo('Europe/Berlin')):%H:%M}"


def test_a_legend_row_shows_its_series_alone(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/overview?from=now-6h")
    ready(desktop, "overview")
    desktop.click("#legend-latency [data-series='1']")

    series = desktop.evaluate("codeagent.chartOfPanel('latency').traces.map(t => t.meta.series)")
    assert set(series) == {1}

    desktop.click("#legend-latency [data-series='1']")
    assert len(desktop.evaluate("codeagent.chartOfPanel('latency').traces")) > len(series)


def test_the_inspector_tells_where_a_number_came_from(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/overview?from=now-6h")
    ready(desktop, "overview")
    desktop.hover("#panel-error-rate")
    desktop.click('[data-panel-menu="error-rate"]')
    desktop.click("text=Inspect the queries")

    inspector = desktop.locator("dialog.inspector")
    expect(inspector).to_contain_text("sum (rate(codeagent_requests_total")
    expect(inspector).to_contain_text("rate interval")
    expect(inspector.get_by_role("button", name="Copy as curl")).to_be_visible()


def test_the_numbers_of_a_chart_are_a_table(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/overview?from=now-6h")
    ready(desktop, "overview")
    desktop.hover("#panel-latency")
    desktop.click('[data-panel-menu="latency"]')
    desktop.click("text=Show the numbers")

    table = desktop.locator("dialog.inspector table")
    expect(table.locator("thead th")).to_have_text(["Time", "p50", "p95", "p99"])
    expect(table.locator("tbody tr").first.locator("td").nth(1)).to_have_text(re.compile(r"^[\d.]+ m?s$"))
    assert table.locator("tbody tr").count() > 20


def test_phone_controls_open_as_a_sheet_within_reach(phone: Page, app_url: str) -> None:
    phone.goto(f"{app_url}/overview")
    ready(phone, "overview")
    phone.tap('[data-sheet="controls"]')
    phone.tap('[data-menu="range"]')
    phone.tap("text=Last 3 hours")

    phone.wait_for_url("**from=now-3h**")
    box = phone.locator("a.nav-link").first.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["y"] > 700


def test_an_alert_s_link_keeps_its_own_range_and_the_viewer_s_choices(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/overview?from=now-24h&environment=demo&tz=utc")
    ready(desktop, "overview")

    link = desktop.evaluate("codeagent.url.link('/api-performance?from=now-1h', {}, ['environment'])")
    assert link == "/api-performance?tz=utc&environment=demo&from=now-1h"
