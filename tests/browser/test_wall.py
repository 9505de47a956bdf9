"""The wall: every board fits every screen in legible text, and it recovers from what fails by itself."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from app.link_store import LinkStore, StoredLink
from app.settings import Settings
from app.signed_links import LinkScope, LinkSigner
from pages import BOARDS
from tests.browser.conftest import ready, served, served_on

pytestmark = pytest.mark.browser

PLAYLIST = """
[lobby]
boards = ["overview", "endpoint?endpoint=/v1/chat/completions"]
every = "8s"
theme = "dark"
zone = "Asia/Kolkata"
scale = 0.3
"""
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
# Pixels of the smallest text on the wall, as they are on the screen.
SMALLEST_TEXT = """() => Math.min(...[...document.querySelectorAll(".kiosk *")]
  .filter((element) => element.getClientRects().length && getComputedStyle(element).visibility !== "hidden"
    && [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
  .map((element) => {
    const canvas = element.closest("#grid");
    const scale = canvas ? new DOMMatrix(getComputedStyle(canvas).transform).a : 1;
    return scale * parseFloat(getComputedStyle(element).fontSize);
  }))"""
LEGIBLE = 16.5 / 1080  # of the height: from 4 m, on a screen of 55 inches, with normal sight
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


@pytest.fixture
def wall(browser: Browser) -> Iterator[Page]:
    """A wall whose failed requests are meant, so that the console may state them."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, timezone_id="Europe/Berlin")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("board", BOARDS)
def test_a_board_fits_every_screen_in_legible_text(desktop: Page, app_url: str, board: str) -> None:
    desktop.set_viewport_size({"width": 1280, "height": 720})
    desktop.goto(f"{app_url}/kiosk?boards={board}&from=now-6h&every=1h")
    ready(desktop, board)
    heights = []
    for width, height in SCREENS:
        desktop.set_viewport_size({"width": width, "height": height})
        assert cut_off(desktop) == []
        heights.append(desktop.evaluate(HEIGHTS))
        for screen in range(desktop.evaluate("codeagent.screens().count")):
            desktop.evaluate("(screen) => codeagent.showScreen(screen)", screen)
            assert cut_off(desktop) == []
            size = desktop.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
            assert size == [width, height]
            assert desktop.evaluate(SMALLEST_TEXT) >= LEGIBLE * height
        desktop.evaluate("codeagent.showScreen(0)")
    for full_hd, four_k in zip(heights[1], heights[3], strict=True):
        assert four_k == pytest.approx(2 * full_hd, rel=0.15)


def test_a_board_of_many_panels_needs_three_screens_and_counts_what_it_leaves_out(desktop: Page, app_url: str) -> None:
    desktop.set_viewport_size({"width": 1920, "height": 1080})
    desktop.goto(f"{app_url}/kiosk?boards=providers&every=1h")
    ready(desktop, "providers")
    expect(desktop.locator("#wall-screen")).to_have_text(re.compile(r"1 of 3 · \d+ of \d+ panels"))

    panel_ids: set[str] = set()
    for screen in range(3):
        desktop.evaluate("(screen) => codeagent.showScreen(screen)", screen)
        panels = set(desktop.eval_on_selector_all(".panel:not([data-elsewhere])", "all => all.map((each) => each.id)"))
        assert panels
        assert not panels & panel_ids
        panel_ids |= panels
    assert {"panel-providers", "panel-state", "panel-latency", "panel-errors", "panel-limit-left"} <= panel_ids
    assert f"{len(panel_ids)} of" in desktop.locator("#wall-screen").inner_text()

    desktop.goto(f"{app_url}/kiosk?boards=providers&every=1h&screens=20")
    ready(desktop, "providers")
    expect(desktop.locator("#wall-screen")).to_have_text(re.compile(r"1 of \d+$"))


def test_all_panels_of_a_board_come_in_turn(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/kiosk?boards=overview&every=15s")
    ready(desktop, "overview")
    expect(desktop.locator("#wall-screen")).to_have_text(re.compile("1 of [2-9]"))
    expect(desktop.locator(".wall-progress")).not_to_have_attribute("hidden", re.compile(".*"))
    before = set(desktop.eval_on_selector_all(".panel:not([data-elsewhere])", "all => all.map((each) => each.id)"))

    expect(desktop.locator("#wall-screen")).to_have_text(re.compile("2 of [2-9]"), timeout=40_000)
    after = set(desktop.eval_on_selector_all(".panel:not([data-elsewhere])", "all => all.map((each) => each.id)"))
    assert before
    assert after
    assert not before & after


def test_a_board_without_data_is_skipped_and_named(wall: Page, app_url: str) -> None:
    wall.route(
        "**/api/boards/providers/refresh?**",
        lambda route: route.fulfill(status=500, json={"error": {"sentence": "It broke."}}),
    )
    wall.goto(f"{app_url}/kiosk?boards=overview,nothing,providers,websocket&every=5s&scale=0.3")
    ready(wall, "overview")
    expect(wall.locator("#wall-note")).to_have_text("No board “nothing”")

    expect(wall.locator(".bare-title")).to_have_text("WebSocket", timeout=30_000)
    expect(wall.locator("#wall-note")).to_contain_text("“providers” is skipped: It broke.")


def critical(body: dict[str, Any]) -> None:
    """One critical alert fires."""
    item = {"text": "Error rate 12 %", "status": "critical", "href": "/alerts", "since": time.time() - 60, "where": ""}
    body["sentence"] = {"status": "critical", "text": "Critical:", "items": [item]}


def test_a_critical_alert_takes_over_and_alternates_with_the_board(wall: Page, app_url: str) -> None:
    def answer(route: Route) -> None:
        body = route.fetch().json()
        critical(body)
        route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    wall.route("**/api/boards/*/refresh?**", answer)
    wall.goto(f"{app_url}/kiosk?boards=overview&every=5s")

    expect(wall.locator("#wall-alerts")).to_be_visible(timeout=20_000)
    expect(wall.locator("#wall-alerts")).to_contain_text("Error rate 12 %")
    expect(wall.locator("#wall-alerts")).to_be_hidden(timeout=20_000)
    expect(wall.locator("#wall-alerts")).to_be_visible(timeout=20_000)


def test_it_recovers_from_a_restart_of_the_server(wall: Page, metrics_url: str) -> None:
    settings = Settings(prometheus_url=metrics_url)
    with served_on(settings, 0) as url:
        wall.goto(f"{url}/kiosk?boards=overview,websocket&every=5s&scale=0.3")
        ready(wall, "overview")
    expect(wall.locator("#outage p")).to_have_count(1, timeout=60_000)

    with served_on(settings, int(url.rsplit(":", 1)[1])):
        expect(wall.locator("#outage p")).to_have_count(0, timeout=60_000)
        titles = {wall.inner_text(".bare-title")}
        expect(wall.locator(".bare-title")).not_to_have_text(titles.pop(), timeout=30_000)


def test_it_recovers_from_the_loss_of_the_network(wall: Page, app_url: str) -> None:
    wall.goto(f"{app_url}/kiosk?boards=overview,websocket&every=5s&scale=0.3")
    ready(wall, "overview")
    wall.context.set_offline(True)
    expect(wall.locator("#outage")).to_contain_text("This device is offline", timeout=30_000)

    wall.context.set_offline(False)
    expect(wall.locator("#outage p")).to_have_count(0, timeout=30_000)
    expect(wall.locator("#live")).to_have_attribute("data-live", "live", timeout=30_000)


def test_another_release_is_loaded_with_its_own_scripts(wall: Page, app_url: str) -> None:
    wall.goto(f"{app_url}/kiosk?boards=overview,websocket&every=5s&scale=0.3")
    ready(wall, "overview")
    wall.route(
        "**/kiosk?**",
        lambda route: route.fulfill(
            status=200,
            content_type="text/html",
            body=re.sub(r"(/static/app)\.[0-9a-f]{16}", r"\1.0123456789abcdef", route.fetch().text()),
        ),
    )
    wall.wait_for_event("domcontentloaded", timeout=30_000)


def test_the_header_has_a_running_clock_and_the_age_of_the_data_and_no_cursor(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/kiosk?boards=overview&tz=utc")
    ready(desktop, "overview")
    first = desktop.inner_text("#clock")
    assert re.fullmatch(r"\d\d:\d\d:\d\d", first)

    expect(desktop.locator("#clock")).not_to_have_text(first)
    expect(desktop.locator("#live-text")).to_have_text(re.compile(r"^data \d+ s old$"))
    cursors = desktop.eval_on_selector_all(".kiosk *", "all => all.map((each) => getComputedStyle(each).cursor)")
    assert set(cursors) == {"none"}


def token_settings(folder: Path, metrics_url: str) -> Settings:
    """Of an app whose walls need sign-in or a token."""
    (folder / "key").write_text("a key of more than sixteen characters")
    (folder / "walls.toml").write_text(PLAYLIST, encoding="utf-8")
    return Settings(
        prometheus_url=metrics_url,
        link_key_file=folder / "key",
        links_file=folder / "links.db",
        walls_file=folder / "walls.toml",
        user_header="X-User",
    )


def test_a_display_shows_its_playlist_by_a_token_and_says_when_it_is_revoked(
    wall: Page, metrics_url: str, tmp_path: Path
) -> None:
    settings = token_settings(tmp_path, metrics_url)
    store = LinkStore(f"sqlite:///{settings.links_file}")
    store.add(StoredLink("screen", "/kiosk/lobby", 1.0, 0.0, "ann"))
    token = LinkSigner(tmp_path / "key").sign(LinkScope("wall", "kiosk/lobby", id="screen"))
    paths: set[str] = set()
    wall.on("request", lambda request: paths.add(urlsplit(request.url).path))
    with served(settings) as url:
        wall.goto(f"{url}/kiosk/lobby?sig={token}")
        ready(wall, "overview")
        assert wall.evaluate("document.documentElement.dataset.theme") == "dark"
        minutes = wall.evaluate("(Date.now() / 60000 + 330) % 60")  # of India, half an hour beside all others here
        assert abs(int(wall.inner_text("#clock")[3:5]) - int(minutes)) in (0, 1, 59)
        ticks = wall.eval_on_selector_all(".chart-view svg text", "all => all.map((each) => each.textContent)")
        assert any(re.fullmatch(r"\d\d:[03]0", text) for text in ticks)

        expect(wall.locator(".wall-scope")).to_have_text("/v1/chat/completions", timeout=30_000)
        ready(wall, "endpoint")
        assert wall.inner_text(".bare-title") == "Endpoint"
        assert cut_off(wall) == []
        assert all(path.startswith(("/kiosk/lobby", "/static/")) for path in paths)
        assert wall.context.cookies() == []

        store.revoke("screen", time.time())
        expect(wall.locator(".refusal h1")).to_have_text("The token of this display has been revoked.", timeout=60_000)
        assert wall.locator(".panel").count() == 0
    size = wall.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    assert size[0] <= size[1]


def test_a_display_that_was_refused_comes_back_by_itself(wall: Page, metrics_url: str, tmp_path: Path) -> None:
    settings = token_settings(tmp_path, metrics_url)
    token = LinkSigner(tmp_path / "key").sign(LinkScope("wall", "kiosk/lobby"))
    refusal = '<main class="refusal"><h1>Not now</h1></main>'
    with served(settings) as url:
        wall.goto(f"{url}/kiosk/lobby?sig={token}")
        ready(wall, "overview")
        wall.route("**/kiosk/lobby?**", lambda route: route.fulfill(status=403, content_type="text/html", body=refusal))
        expect(wall.locator(".refusal h1")).to_have_text("Not now", timeout=30_000)
        wall.unroute("**/kiosk/lobby?**")
        expect(wall.locator(".panel").first).to_be_visible(timeout=45_000)
