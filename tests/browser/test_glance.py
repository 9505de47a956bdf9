"""Boards read at a glance: pictures with their final size."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ready

pytestmark = pytest.mark.browser

# Of each picture its own size and the room in its panel.
SIZES = """() => [...document.querySelectorAll(".panel.chart svg.figure")].map((picture) => {
  const body = picture.closest(".panel-body");
  const padding = 2 * parseFloat(getComputedStyle(body).paddingLeft);
  return [picture.closest(".panel").id, +picture.getAttribute("width"), +picture.getAttribute("height"),
    body.clientWidth - padding, body.clientHeight];
})"""
CLOSE = 3  # pixels
ANSWERS = 4  # the first ones of a busy server can lack data


def differing_sizes(browser: Browser, address: str, width: int) -> list[tuple[str, float, float, float, float]]:
    """The pictures of the first answer whose size is not that of their panels."""
    is_phone = width < 600
    options: Any = {"viewport": {"width": width, "height": 844}, "is_mobile": is_phone, "has_touch": is_phone}
    headers = {"Sec-CH-UA-Mobile": "?1" if is_phone else "?0"}
    context = browser.new_context(**options, java_script_enabled=False, extra_http_headers=headers)
    page = context.new_page()
    sizes: list[tuple[str, float, float, float, float]] = []
    for _ in range(ANSWERS):
        page.goto(address)
        if sizes := page.evaluate(SIZES):
            break
    context.close()
    assert sizes
    return [size for size in sizes if abs(size[1] - size[3]) > CLOSE or abs(size[2] - size[4]) > CLOSE]


@pytest.mark.parametrize("width", [390, 1_440])
@pytest.mark.parametrize("board", ["overview", "providers", "infrastructure", "api-performance"])
def test_the_first_picture_has_its_final_size(browser: Browser, app_url: str, board: str, width: int) -> None:
    points = "s" if width < 600 else "m"  # the first answer of a page has the data that are at hand by then
    requests.get(f"{app_url}/api/boards/{board}/refresh?from=now-24h&w={points}", timeout=60)
    assert differing_sizes(browser, f"{app_url}/{board}?from=now-24h", width) == []


def test_a_phones_bar_has_five_whole_names_and_a_menu_of_the_others(phone: Page, app_url: str) -> None:
    phone.goto(f"{app_url}/infrastructure")
    ready(phone, "infrastructure")

    entries = phone.locator(".rail .nav-link:visible")
    assert entries.locator(".nav-name").all_inner_texts() == ["Overview", "API", "Providers", "Alerts", "More"]
    widths = entries.locator(".nav-name").evaluate_all(
        "all => all.map(e => [e.scrollWidth, e.parentElement.clientWidth])"
    )
    assert all(text <= room for text, room in widths)

    more = phone.locator(".nav-more > button")
    more.tap()
    menu = phone.locator(".nav-more .menu")
    expect(menu.get_by_role("menuitem", name="Infrastructure")).to_have_attribute("aria-current", "page")
    boxes = [item.bounding_box() for item in (*entries.all(), *menu.get_by_role("menuitem").all())]
    assert all(box and box["height"] >= 44 and box["width"] >= 44 for box in boxes)
    phone.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(more).to_be_focused()

    more.tap()
    menu.get_by_role("menuitem", name="WebSocket").tap()
    ready(phone, "websocket")
    expect(menu).to_be_hidden()


def test_the_search_is_loaded_when_it_is_wanted_and_leads_to_an_endpoint(desktop: Page, app_url: str) -> None:
    scripts: list[str] = []
    desktop.on(
        "request",
        lambda request: (
            scripts.append(request.url) if "/palette." in request.url and request.url.endswith(".js") else None
        ),
    )
    desktop.goto(f"{app_url}/overview?from=now-3h")
    ready(desktop, "overview")
    assert scripts == []

    desktop.keyboard.press("Control+k")
    field = desktop.get_by_role("combobox", name="Search")
    expect(field).to_be_focused()
    assert len(scripts) == 1
    field.fill("chat comp")
    option = desktop.get_by_role("option", name="/v1/chat/completions")
    expect(option).to_have_attribute("aria-selected", "true")
    desktop.keyboard.press("Enter")
    ready(desktop, "endpoint")
    assert "endpoint=/v1/chat/completions" in desktop.url
    assert "from=now-3h" in desktop.url


def test_the_search_brings_a_panel_of_the_page_into_view_and_names_traces(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/overview")
    ready(desktop, "overview")
    desktop.keyboard.press("Control+k")
    field = desktop.get_by_role("combobox", name="Search")
    field.fill("a" * 32)
    expect(desktop.get_by_role("option")).to_have_count(1)
    field.fill("health")
    desktop.keyboard.press("Enter")
    expect(desktop.locator(".palette")).to_have_count(0)
    expect(desktop.locator("#panel-health")).to_be_in_viewport()


def test_a_question_mark_lists_the_keys(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/overview")
    ready(desktop, "overview")
    desktop.keyboard.press("?")
    expect(desktop.get_by_role("rowheader", name="Ctrl K")).to_be_visible()
    desktop.keyboard.press("Escape")
    expect(desktop.locator(".palette")).to_have_count(0)


# What lies at the corners of the screen, and in its middle.
SEEN = """() => [[4, 4], [innerWidth - 4, 4], [4, innerHeight - 4], [innerWidth - 4, innerHeight - 4],
  [innerWidth / 2, innerHeight / 2]].map(([x, y]) => {
    const element = document.elementFromPoint(x, y);
    return element.closest(".topbar") ? "bar" : element.closest(".panel")?.dataset.panel || element.className;
  })"""


def test_a_panel_in_full_screen_has_a_title_the_range_and_a_way_back(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/overview?from=now-3h")
    ready(desktop, "overview")
    desktop.locator("#panel-latency [data-panel-menu]").click()
    desktop.get_by_role("menuitem", name="Full screen").click()

    assert desktop.evaluate(SEEN) == ["bar", "bar", "latency", "latency", "latency"]
    expect(desktop.get_by_role("heading", name="Response time", exact=True)).to_be_visible()
    expect(desktop.locator("[data-menu=range]")).to_contain_text("Last 3 hours")
    close = desktop.get_by_role("button", name="Leave full screen")
    expect(close).to_be_focused()
    assert "full=latency" in desktop.url
    desktop.locator("[data-menu=range]").click()
    desktop.get_by_role("button", name="Last 6 hours").click()
    expect(desktop.locator("#panel-latency.full")).to_be_visible()
    assert "full=latency" in desktop.url

    close.click()
    assert "full=" not in desktop.url
    expect(desktop.locator(".panel.full")).to_have_count(0)
    expect(desktop.locator("#panel-latency [data-panel-menu]")).to_be_focused()
    assert desktop.evaluate("document.querySelectorAll('[inert]:not(.panel-legend *)').length") == 0


def test_escape_closes_a_menu_first_and_then_full_screen(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/overview?full=latency")
    ready(desktop, "overview")
    expect(desktop.locator("#panel-latency.full svg.figure")).to_be_visible()
    desktop.locator("[data-menu=range]").click()
    desktop.keyboard.press("Escape")
    expect(desktop.locator("#panel-latency.full")).to_be_visible()
    desktop.keyboard.press("Escape")
    expect(desktop.locator(".panel.full")).to_have_count(0)


def test_an_address_opens_a_panel_below_the_fold_in_full_screen_on_a_phone(phone: Page, app_url: str) -> None:
    phone.goto(f"{app_url}/overview?full=disk")
    expect(phone.locator("#panel-disk.full svg.figure")).to_be_visible()
    assert phone.evaluate(SEEN) == ["bar", "bar", "disk", "disk", "disk"]


@pytest.mark.parametrize("width", [1_110, 1_280, 1_440])
def test_a_long_choice_leaves_the_names_of_other_filters_legible(browser: Browser, app_url: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(f"{app_url}/providers?model={'anthropic.claude-3-5-sonnet-' * 4}&from=now-3h")
    ready(page, "providers")
    labels = page.locator(".filters .chip .label").evaluate_all("all => all.map(e => e.clientWidth)")
    edges = page.locator(".filters .chip").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).map(box => [box.left, box.right])"
    )
    page.close()

    assert min(labels) >= 24
    assert all(right <= left for (_, right), (left, _) in pairwise(edges))


@pytest.mark.parametrize("width", [1_280, 1_440])
@pytest.mark.parametrize("board", ["overview", "providers", "infrastructure"])
def test_the_names_of_all_filters_are_whole(browser: Browser, app_url: str, board: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(f"{app_url}/{board}?from=now-3h")
    ready(page, board)
    lacking = page.locator(".controls .chip .label").evaluate_all(
        "all => all.filter(e => e.scrollWidth > e.clientWidth + 2).map(e => e.textContent)"
    )
    page.close()

    assert lacking == []
