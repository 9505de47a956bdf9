"""From a slow endpoint to its trace to the log line, by clicks only, on a real demo with an incident; and back."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import ready
from tests.demo_kit import Demo, started
from tests.servers import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]

TRACES = "/api/explore/traces?from=now-15m&endpoint=/v1/chat/completions&diff=failing"
TALK_OF_DIFFERENCE = "of the others"  # which takes traces that failed and, traces being a sample, some that did not


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo whose gateway fails for a while."""
    with started(tmp_path_factory.mktemp("drill")) as running:
        running.incident("errors", 120)
        wait_until(lambda: TALK_OF_DIFFERENCE in requests.get(running.ports.url("app") + TRACES, timeout=20).text, 120)
        yield running


def to_endpoint(page: Page, demo: Demo) -> None:
    """Overview, the tile of the response time, the slowest endpoint that fails."""
    page.goto(f"{demo.ports.url('app')}/overview?from=now-15m")
    ready(page, "overview")
    page.click("#panel-latency-p95 [data-drill]")
    ready(page, "api-performance")
    page.click("#panel-slowest tr[data-drill]:has-text('/v1/chat/completions')")
    ready(page, "endpoint")


def to_failing_trace(page: Page) -> None:
    page.click(".part-failing .traces a >> nth=0")
    page.wait_for_selector(".trace-row")


def open_failing_span(page: Page) -> None:
    page.click("[data-next-error]")
    page.wait_for_selector(".trace-detail .facts >> nth=1")


def test_three_clicks_lead_from_the_boards_to_the_failing_line(desktop: Page, demo: Demo) -> None:
    to_endpoint(desktop, demo)
    to_failing_trace(desktop)
    open_failing_span(desktop)
    expect(desktop.locator(".trace-row.open.error")).to_have_count(1)

    desktop.click("[role=tab]:has-text('Log lines')")
    line = desktop.locator(".trace-lines li:has([data-level='Error'])").first
    expect(line).to_be_visible()
    line.locator("a").first.click()
    desktop.wait_for_url(re.compile(r"/logs\?.*line="))
    ready(desktop, "logs")
    expect(desktop.locator("#part-lines, .explore-logs").first).to_contain_text("answered 500")


def test_back_returns_to_exactly_what_was_there(desktop: Page, demo: Demo) -> None:
    to_endpoint(desktop, demo)
    before = desktop.url
    to_failing_trace(desktop)
    trace = desktop.url
    desktop.click("text=Its log lines")
    ready(desktop, "logs")

    desktop.go_back()
    desktop.wait_for_selector(".trace-row")
    assert desktop.url == trace
    desktop.go_back()
    ready(desktop, "endpoint")
    assert desktop.url == before
    expect(desktop.locator(".part-failing .traces li").first).to_be_visible()


def test_the_way_works_on_a_phone_and_never_scrolls_sideways(phone: Page, demo: Demo) -> None:
    to_endpoint(phone, demo)
    to_failing_trace(phone)
    open_failing_span(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") == 390

    phone.click("[data-close-detail]")
    phone.click("[role=tab]:has-text('Log lines')")
    expect(phone.locator(".trace-lines li").first).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") == 390


def test_a_cell_of_the_latency_heatmap_leads_to_its_traces(desktop: Page, demo: Demo) -> None:
    desktop.goto(f"{demo.ports.url('app')}/endpoint?endpoint=/v1/chat/completions&from=now-15m")
    ready(desktop, "endpoint")
    box = desktop.locator("#body-latency-distribution .chart-view").bounding_box()
    assert box
    desktop.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    desktop.wait_for_url(re.compile(r"/traces\?.*from=\d+.*to=\d+"))
    assert re.search(r"max=[\d.]+", desktop.url)
    assert "endpoint=/v1/chat/completions" in desktop.url


def test_a_point_of_a_line_offers_the_traces_and_lines_around_it(desktop: Page, demo: Demo) -> None:
    desktop.goto(f"{demo.ports.url('app')}/endpoint?endpoint=/v1/chat/completions&from=now-15m")
    ready(desktop, "endpoint")
    box = desktop.locator("#body-duration .chart-view").bounding_box()
    assert box
    desktop.mouse.click(box["x"] + box["width"] / 2, box["y"] + 30)

    expect(desktop.locator(".popover")).to_contain_text("Log lines around")
    desktop.click(".popover >> text=Traces around")
    desktop.wait_for_url(re.compile(r"/traces\?"))
    ready(desktop, "traces")
    assert "endpoint=/v1/chat/completions" in desktop.url
    start = float(re.findall(r"from=(\d+)", desktop.url)[0])
    assert 0 < time.time() - start < 960  # the viewer's zone is not the server's


def test_what_is_different_names_the_fault_and_is_a_click_from_a_filter(desktop: Page, demo: Demo) -> None:
    desktop.goto(f"{demo.ports.url('app')}/traces?from=now-15m&endpoint=/v1/chat/completions")
    ready(desktop, "traces")
    desktop.click("text=the failing ones")
    first = desktop.locator(".stand-outs li").first
    expect(first).to_contain_text("of these")
    first.locator("a").click()

    desktop.wait_for_url(re.compile(r"[?&]f="))
    expect(desktop.locator(".filter-chip").first).to_be_visible()


def test_two_traces_are_compared_side_by_side(desktop: Page, demo: Demo) -> None:
    desktop.goto(f"{demo.ports.url('app')}/traces?from=now-15m&sort=slowest&endpoint=/v1/chat/completions")
    ready(desktop, "traces")
    desktop.click("text=Compare the first with a typical one")
    ready(desktop, "compare")

    expect(desktop.locator(".compared .box")).to_have_count(2)
    expect(desktop.locator(".differences tbody tr").first).to_be_visible()


def test_the_service_map_names_who_is_called(desktop: Page, demo: Demo) -> None:
    desktop.goto(f"{demo.ports.url('app')}/map?from=now-15m")
    ready(desktop, "map")

    expect(desktop.locator(".service-map")).to_contain_text("redis")
    expect(desktop.locator(".part-edges tbody tr").first).to_contain_text("CodeAgent.Gateway")
