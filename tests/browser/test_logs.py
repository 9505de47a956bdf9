"""The log page in Chromium over a folder of lines: search, open, filter, chart, tail, one request, phone."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.settings import Settings
from tests.browser.conftest import ready, served
from tests.unit.pages import logs_kit as kit

RANGE = f"from={kit.START}&to={kit.START + 600}"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("logs")
    kit.write(path)
    return path


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with served(Settings(prometheus_url="http://127.0.0.1:9", logs_dir=folder)) as address:
        yield address


def opened(page: Page, url: str, query: str = RANGE) -> Page:
    page.goto(f"{url}/logs?{query}")
    ready(page, "logs")
    return page


def no_sideways_scroll(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_line_opens_in_place_and_its_fields_become_filters(desktop: Page, url: str) -> None:
    opened(desktop, url, f"{RANGE}&level=Error")
    desktop.locator(".log-line .log-text").first.click()
    expect(desktop.locator(".log-detail .stack")).to_contain_text("answer.py:line 12")
    desktop.locator('.log-detail [title="Only Status 500"]').click()
    expect(desktop.locator(".filter-chip", has_text="Status")).to_be_visible()
    assert "f=Status:500" in desktop.url
    expect(desktop.locator(".log-box h2")).to_have_text("10 lines")


def test_times_are_the_viewers_to_the_millisecond(desktop: Page, url: str) -> None:
    opened(desktop, url, f"{RANGE}&q=Sent")
    displayed = desktop.locator(".log-line .log-time").inner_text()
    berlin = desktop.evaluate(f"new Date({(kit.START + 500) * 1000}).toTimeString().slice(0, 8)")
    assert displayed.endswith(f"{berlin}.400")


def test_the_search_box_completes_fields_and_values_by_keyboard(desktop: Page, url: str) -> None:
    opened(desktop, url)
    box = desktop.locator("input[name=q]")
    box.click()
    box.press_sequentially("lev")
    expect(desktop.locator(".completions li").first).to_contain_text("level")
    box.press("Tab")
    expect(box).to_have_value("level:")
    expect(desktop.locator(".completions li").nth(1)).to_contain_text("Error")
    box.press("ArrowDown")
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("level:Error ")
    box.press("Escape")
    expect(desktop.locator(".completions")).to_have_count(0)
    box.press("Enter")
    expect(desktop.locator(".log-box h2")).to_have_text("10 lines")


def test_a_mistake_in_the_search_is_pointed_at_and_can_be_mended(desktop: Page, url: str) -> None:
    opened(desktop, url, f"{RANGE}&q=(a")
    expect(desktop.locator(".explore-error mark").last).to_have_text("(")
    desktop.locator("input[name=q]").fill("Asked")
    desktop.locator("input[name=q]").press("Enter")
    expect(desktop.locator(".log-box h2")).to_have_text("1 line")


def test_dragging_over_the_chart_narrows_the_range(desktop: Page, url: str) -> None:
    opened(desktop, url)
    frame = desktop.locator(".log-chart").bounding_box()
    assert frame
    middle = frame["y"] + frame["height"] / 2
    desktop.mouse.move(frame["x"] + frame["width"] * 0.45, middle)
    desktop.mouse.down()
    desktop.mouse.move(frame["x"] + frame["width"] * 0.6, middle, steps=5)
    desktop.mouse.up()
    expect(desktop.locator(".log-box h2")).not_to_have_text("135 lines")
    assert f"from={kit.START}&" not in desktop.url


def test_pointing_at_a_bar_tells_its_levels(desktop: Page, url: str) -> None:
    opened(desktop, url)
    frame = desktop.locator(".log-chart").bounding_box()
    assert frame
    desktop.mouse.move(frame["x"] + frame["width"] * 0.505, frame["y"] + frame["height"] * 0.7)
    expect(desktop.locator(".log-said")).to_contain_text("Error")


def test_a_level_of_the_legend_and_a_facet_filter_and_are_dropped_again(desktop: Page, url: str) -> None:
    opened(desktop, url)
    desktop.locator(".log-key", has_text="Error").click()
    expect(desktop.locator(".log-box h2")).to_have_text("10 lines")
    desktop.locator(".filter-chip .drop").click()
    expect(desktop.locator(".log-box h2")).to_have_text("135 lines")
    desktop.locator(".facet", has_text="Endpoint").locator("li", has_text="/v1/chat").hover()
    desktop.locator('[title="Without Endpoint /v1/chat"]').click()
    expect(desktop.locator(".log-box h2")).to_have_text("125 lines")


def test_hostile_text_runs_nowhere(desktop: Page, url: str) -> None:
    opened(desktop, url, f"{RANGE}&level=Warning")
    desktop.locator(".log-line", has_text="alert(1)").locator(".log-text").click()
    expect(desktop.locator(".log-detail .log-message")).to_contain_text("<script>alert(1)</script>")
    assert desktop.locator(".explore script").count() == 0


def test_a_huge_line_shows_all_of_itself_when_asked(desktop: Page, url: str) -> None:
    opened(desktop, url, f"{RANGE}&q=Long")
    desktop.locator(".log-line .log-row").click(position={"x": 8, "y": 8})
    desktop.locator("[data-whole]").click()
    expect(desktop.locator("[data-whole]")).to_have_count(0)
    assert desktop.locator(".log-message").evaluate("each => each.textContent.length") > 1_000_000


def test_from_a_line_to_its_neighbours_and_to_its_whole_request(desktop: Page, url: str) -> None:
    opened(desktop, url, f"{RANGE}&q=Asked")
    desktop.locator(".log-line .log-text").click()
    desktop.get_by_role("link", name="Lines before and after").click()
    expect(desktop.locator(".log-line.here .log-text")).to_have_text("Asked")
    expect(desktop.locator(".log-line.here")).to_be_in_viewport()
    desktop.get_by_role("link", name="Of the same request").click()
    expect(desktop.locator(".log-line")).to_have_count(2)
    desktop.get_by_label("Correlation or trace id").fill(kit.REQUEST)
    desktop.get_by_label("Correlation or trace id").press("Enter")
    expect(desktop.locator(".box h2")).to_have_text(f"Everything of {kit.REQUEST}")
    expect(desktop.locator(".log-text")).to_have_text(["Asked", "Sent"])


def test_a_pattern_leads_to_its_lines(desktop: Page, url: str) -> None:
    opened(desktop, url, f"{RANGE}&view=patterns")
    desktop.locator(".log-patterns a").first.click()
    expect(desktop.locator(".log-box h2")).to_have_text("130 lines")


def test_new_lines_arrive_while_live_and_wait_while_the_reader_is_elsewhere(desktop: Page, tmp_path: Path) -> None:
    path = kit.write(tmp_path)

    def written(text: str) -> None:
        event = {**kit.line(0, text), "@t": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        with path.open("a") as file:
            file.write(json.dumps(event) + "\n")

    written("Before")
    with served(Settings(prometheus_url="http://127.0.0.1:9", logs_dir=tmp_path)) as url:
        opened(desktop, url, f"from={kit.START}&to=now")
        desktop.get_by_role("button", name="Live").click()
        assert "live=1" in desktop.url
        expect(desktop.locator(".log-line .log-text").first).to_have_text("Before")
        written("Arrived")
        expect(desktop.locator(".log-line .log-text").first).to_have_text("Arrived", timeout=10_000)
        expect(desktop.locator(".log-live")).to_have_attribute("aria-pressed", "true")
        desktop.evaluate("scrollTo(0, document.body.scrollHeight)")
        expect(desktop.locator(".log-live")).to_have_text("Paused", timeout=10_000)
        written("Later")
        desktop.evaluate("scrollTo(0, 0)")
        expect(desktop.locator(".log-line .log-text").first).to_have_text("Later", timeout=10_000)
        desktop.locator(".log-line .log-text").first.click()
        expect(desktop.locator(".log-live")).to_have_text("Paused", timeout=10_000)
        desktop.locator(".log-live").click()
        expect(desktop.locator(".log-live")).to_have_attribute("aria-pressed", "false")
        expect(desktop.locator(".log-box h2")).to_have_text(re.compile(r"13\d lines"))
        desktop.goto("about:blank")  # before the server ends


def test_a_phone_shows_one_column_with_facets_folded_away(phone: Page, url: str) -> None:
    opened(phone, url)
    assert no_sideways_scroll(phone)
    expect(phone.locator("details.facets")).not_to_have_attribute("open", "")
    phone.locator(".log-line .log-row").first.tap()
    expect(phone.locator(".log-detail")).to_be_visible()
    assert no_sideways_scroll(phone)
    for target in (".log-detail .act", ".log-tools .button", ".log-views .button"):
        box = phone.locator(target).first.bounding_box()
        assert box
        assert box["height"] >= 44


def test_without_a_folder_the_page_says_which_setting_is_missing(browser, url: str) -> None:  # type: ignore[no-untyped-def]
    with served(Settings(prometheus_url="http://127.0.0.1:9")) as bare:
        page = browser.new_page()
        page.goto(f"{bare}/logs")
        expect(page.locator("#explore-error")).to_contain_text("CODEAGENT_LOGS_DIR")
        page.close()
