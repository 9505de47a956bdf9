"""Tables, heatmaps and bars of a gateway with 200 endpoints: sorted, searched and turned over on the server."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
import requests
from playwright.sync_api import Browser, Locator, Page, expect

from app.settings import Settings
from tests.browser.conftest import ready, served
from tests.browser.test_glance import differing_sizes
from tests.integration.queries_kit import backfill, prometheus, running

pytestmark = pytest.mark.browser

ENDPOINTS = 200
SECONDS = 3_600
STEP = 60
BOUNDS = (50, 250, 1_000, 5_000, 20_000)


def exposition(now: int) -> Iterator[str]:
    """Endpoint 0 is the slowest and has the fewest requests, endpoint 199 is the fastest and fails most often."""
    times = range(now - SECONDS, now + SECONDS, STEP)
    for number in range(ENDPOINTS):
        labels = f'endpoint="/v1/item-{number:03}",method="GET",job="gateway",instance="a"'
        rate = (number + 1) / 10
        bucket = len(BOUNDS) - 1 - number * len(BOUNDS) // ENDPOINTS
        failing = number / ENDPOINTS / 4
        for instant in times:
            count = rate * (instant - times[0])
            for place, bound in enumerate((*BOUNDS, "+Inf")):
                value = count if place >= bucket else 0.0
                yield f'codeagent_request_duration_bucket{{{labels},le="{bound}"}} {value:g} {instant}'
            yield f"codeagent_request_duration_count{{{labels}}} {count:g} {instant}"
            yield f"codeagent_request_duration_sum{{{labels}}} {count * BOUNDS[bucket]:g} {instant}"
            yield f'codeagent_requests_total{{{labels},status="200"}} {count * (1 - failing):g} {instant}'
            yield f'codeagent_requests_total{{{labels},status="500"}} {count * failing:g} {instant}'
    yield "# EOF"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("endpoints")
    lines = sorted(exposition(int(time.time()) // STEP * STEP), key=lambda line: line.partition("{")[0])
    backfill(folder, "\n".join([*(line for line in lines if line != "# EOF"), "# EOF", ""]))
    with running(prometheus(folder)) as server, served(Settings(prometheus_url=server.url)) as address:
        yield address


def table(page: Page) -> Locator:
    return page.locator("#panel-slowest")


def first_row(page: Page) -> Locator:
    return table(page).locator("tbody tr").first


def open_board(page: Page, url: str, query: str = "") -> None:
    page.goto(f"{url}/api-performance?from=now-30m{query}")
    ready(page, "api-performance")


def test_a_click_on_a_header_sorts_all_rows_and_the_address_keeps_it(desktop: Page, url: str) -> None:
    requested: list[str] = []
    open_board(desktop, url)
    expect(table(desktop).locator(".row-pager")).to_contain_text("1–10 of 200")
    expect(table(desktop)).to_contain_text("and 190 more")

    desktop.on("request", lambda request: requested.append(request.url) if "/refresh" in request.url else None)
    table(desktop).get_by_role("button", name="Rate", exact=True).click()
    expect(first_row(desktop)).to_contain_text("/v1/item-199")
    assert "slowest.sort=-rate" in desktop.url
    assert "&panels=slowest&" in requested[0]  # the other panels are not fetched again
    expect(table(desktop).locator("th", has_text="Rate")).to_have_attribute("aria-sort", "descending")

    desktop.reload()
    ready(desktop, "api-performance")
    expect(first_row(desktop)).to_contain_text("/v1/item-199")
    html = requests.get(desktop.url, timeout=20).text  # without a script as well
    assert re.findall(r'scope="row" class="t-key" title="([^"]*)"', html)[0].startswith("/v1/item-199")

    desktop.go_back()
    expect(first_row(desktop)).not_to_contain_text("/v1/item-199")


def test_the_keyboard_sorts_turns_pages_and_opens_an_endpoint(desktop: Page, url: str) -> None:
    open_board(desktop, url)
    header = table(desktop).get_by_role("button", name="Endpoint", exact=True)
    header.focus()
    desktop.keyboard.press("Enter")
    expect(first_row(desktop)).to_contain_text("/v1/item-000")
    expect(header).to_be_focused()  # though the table is a new one

    table(desktop).get_by_role("button", name="Next rows of Slowest endpoints").focus()
    for page in ("011", "021"):
        desktop.keyboard.press("Enter")
        expect(first_row(desktop)).to_contain_text(f"/v1/item-{int(page) - 1:03}")

    link = first_row(desktop).get_by_role("link")
    expect(link).to_have_attribute("href", re.compile(r"^/endpoint\?from=now-30m&endpoint=/v1/item-020$"))
    link.focus()
    desktop.keyboard.press("Enter")
    ready(desktop, "endpoint")
    assert "endpoint=/v1/item-020" in desktop.url


def test_a_search_leaves_the_rows_that_match_and_keeps_the_caret(desktop: Page, url: str) -> None:
    open_board(desktop, url)
    field = desktop.get_by_label("Search rows of Slowest endpoints")
    field.press_sequentially("item-15", delay=20)
    expect(table(desktop).locator(".row-pager")).to_contain_text("1–10 of 10 matches in 200")
    expect(field).to_be_focused()
    field.press_sequentially("7")
    expect(table(desktop).locator("tbody tr")).to_have_count(1)
    assert "slowest.search=item-157" in desktop.url

    field.fill("nothing")
    expect(table(desktop)).to_contain_text("No row has this name.")
    field.fill("")
    expect(table(desktop).locator(".row-pager")).to_contain_text("1–10 of 200")


def test_a_heatmap_of_200_rows_shows_the_top_ones_with_whole_names_and_leads_to_the_rest(
    desktop: Page, url: str
) -> None:
    open_board(desktop, url)
    heatmap = desktop.locator("#panel-latency-by-endpoint")
    expect(heatmap.locator(".row-pager")).to_contain_text("of 200")
    boxes = [box for name in heatmap.locator("svg text", has_text="item-").all() if (box := name.bounding_box())]
    tops = sorted(box["y"] for box in boxes)
    assert len(tops) > 5
    assert all(below - above >= 10 for above, below in pairwise(tops))  # no name over another

    desktop.get_by_label("Search rows of p95 by endpoint").fill("item-19")
    expect(heatmap.locator(".row-pager")).to_contain_text("of 10 matches in 200")
    expect(heatmap.locator("svg text", has_text="item-19").first).to_be_visible()


@pytest.mark.parametrize("width", [390, 1_440])
def test_the_first_picture_has_its_final_size_beside_a_search_and_a_pager(
    browser: Browser, url: str, width: int
) -> None:
    requests.get(f"{url}/api/boards/api-performance/refresh?from=now-30m", timeout=30)  # now the first answer has data
    assert differing_sizes(browser, f"{url}/api-performance?from=now-30m", width) == []


def test_a_phone_sorts_searches_and_turns_pages_with_fingers(phone: Page, url: str) -> None:
    open_board(phone, url)
    panel = table(phone)
    panel.scroll_into_view_if_needed()
    rate = panel.get_by_role("button", name="Rate", exact=True)
    rate.tap()
    expect(first_row(phone)).to_contain_text("/v1/item-199")
    following = panel.get_by_role("button", name="Next rows of Slowest endpoints")
    box = following.bounding_box()
    assert box
    assert box["height"] >= 44
    following.tap()
    expect(first_row(phone)).to_contain_text("/v1/item-189")
    phone.get_by_label("Search rows of Slowest endpoints").fill("item-007")
    expect(panel.locator("tbody tr")).to_have_count(1)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_wrong_column_in_the_address_is_named_with_the_right_ones(url: str) -> None:
    answer = requests.get(f"{url}/api/boards/api-performance/refresh?slowest.sort=colour", timeout=20)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["field"] == "slowest.sort"
    assert "share-of-time" in error["hint"]
