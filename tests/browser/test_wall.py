"""The wall: every board fits every screen, text grows with it, clock and age stand in the header."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from pages import BOARDS
from tests.browser.conftest import ready

pytestmark = pytest.mark.browser

SCREENS = [(1280, 720), (1920, 1080), (2560, 1440), (3840, 2160)]
# Elements that lie beyond the screen, or whose content is larger than they are.
CUT = """() => {
  const cut = [];
  const isSeen = (element) => element.getClientRects().length && getComputedStyle(element).visibility !== "hidden";
  for (const element of document.querySelectorAll(".kiosk, .kiosk *")) {
    if (!isSeen(element) || element.closest("svg, .chart-view")) continue;
    const name = (element.id || element.className) + " " + element.textContent.slice(0, 30);
    const { left, top, right, bottom } = element.getBoundingClientRect();
    if (left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1) cut.push("outside: " + name);
    if (getComputedStyle(element).overflow === "visible" || element.matches(".t-bar, .stage")) continue;
    const [high, wide] = [element.scrollHeight - element.clientHeight, element.scrollWidth - element.clientWidth];
    if (high > 2 || wide > 2) cut.push(`${name} lacks ${wide}×${high}`);
  }
  const [stage, grid] = [".stage", "#grid"].map((name) => document.querySelector(name).getBoundingClientRect());
  const left = Math.max(Math.abs(stage.right - grid.right), Math.abs(stage.bottom - grid.bottom));
  if (left > 2) cut.push(`the grid leaves ${left}`);
  return cut;
}"""
HEIGHTS = """() => [".bare-title", "#clock", ".panel h2", "#live-text"].map(
  (name) => document.querySelector(name).getBoundingClientRect().height)"""


def cut_off(page: Page) -> list[str]:
    """What is cut off once charts and layout have followed the size of the screen."""
    cut: list[str] = []
    for _ in range(40):
        cut = page.evaluate(CUT)
        if not cut:
            break
        page.wait_for_timeout(250)
    return cut


@pytest.mark.parametrize("board", BOARDS)
def test_a_board_fits_every_screen_without_scrolling_or_cutting_off(desktop: Page, app_url: str, board: str) -> None:
    desktop.set_viewport_size({"width": 1280, "height": 720})
    desktop.goto(f"{app_url}/kiosk?boards={board}&from=now-6h")
    ready(desktop, board)
    heights = []
    for width, height in SCREENS:
        desktop.set_viewport_size({"width": width, "height": height})
        assert cut_off(desktop) == []
        size = desktop.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert size == [width, height]
        heights.append(desktop.evaluate(HEIGHTS))
    for full_hd, four_k in zip(heights[1], heights[3], strict=True):
        assert four_k == pytest.approx(2 * full_hd, rel=0.15)


def test_the_header_has_a_running_clock_and_the_age_of_the_data_and_no_cursor(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/kiosk?boards=overview&tz=utc")
    ready(desktop, "overview")
    first = desktop.inner_text("#clock")
    assert re.fullmatch(r"\d\d:\d\d:\d\d", first)

    expect(desktop.locator("#clock")).not_to_have_text(first)
    expect(desktop.locator("#live-text")).to_have_text(re.compile(r"^data \d+ s old$"))
    cursors = desktop.eval_on_selector_all(".kiosk *", "all => all.map((each) => getComputedStyle(each).cursor)")
    assert set(cursors) == {"none"}
