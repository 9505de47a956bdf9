"""What a person sees when something is wrong."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from app.settings import Settings
from tests.browser.conftest import FRAME_ORIGIN, ready, served

pytestmark = pytest.mark.browser


def test_an_unreachable_prometheus_is_said_once_and_the_page_works(desktop: Page) -> None:
    with served(Settings(prometheus_url="http://127.0.0.1:9")) as url:
        desktop.goto(f"{url}/overview")
        ready(desktop, "overview")

        away = desktop.locator('.panel[data-state="away"]')
        expect(away).to_have_count(desktop.locator(".panel").count())
        expect(away.first).to_contain_text("No data while Prometheus is away")
        expect(desktop.locator("#outage")).to_contain_text("Prometheus cannot be reached")
        expect(desktop.locator("#live")).to_have_attribute("data-live", "lost")
        desktop.click('a.nav-link[title="WebSocket"]')
        ready(desktop, "websocket")
        desktop.goto("about:blank")  # before the server ends: a page fetches what may be wanted next


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("from=yesterday", "“yesterday” is not a valid time."),
        ("from=now&to=now-1h", "at or after its end"),
        ("compare=year", "“year”"),
    ],
)
def test_a_malformed_address_gets_a_sentence(browser: Browser, app_url: str, query: str, sentence: str) -> None:
    page = browser.new_page()
    page.goto(f"{app_url}/overview?{query}")

    expect(page.locator("#sentence")).to_contain_text(sentence)
    expect(page.locator('.panel[data-state="away"]').first).to_contain_text("the reason is given above")
    page.close()


def test_a_filter_that_matches_nothing_says_so(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/overview?endpoint=/nowhere")
    ready(desktop, "overview")

    expect(desktop.locator("#panel-request-rate")).to_contain_text("/nowhere")


def test_unknown_addresses_are_404(desktop: Page, app_url: str) -> None:
    for path in ("/overwiev", "/health/lief", "/embed/overview/nothing", "/api/boards/nothing/refresh"):
        assert desktop.request.get(app_url + path).status == 404


def test_only_embeds_may_be_framed_and_only_by_the_named_origin(desktop: Page, app_url: str) -> None:
    embed = desktop.request.get(f"{app_url}/embed/overview").headers
    board = desktop.request.get(f"{app_url}/overview").headers

    assert f"frame-ancestors {FRAME_ORIGIN}" in embed["content-security-policy"]
    assert "x-frame-options" not in embed
    assert "frame-ancestors 'none'" in board["content-security-policy"]
    assert board["x-frame-options"] == "DENY"


def test_an_embedded_panel_fills_its_frame(desktop: Page, app_url: str) -> None:
    desktop.set_viewport_size({"width": 640, "height": 320})
    desktop.goto(f"{app_url}/embed/overview/latency?from=now-6h")
    ready(desktop, "overview")

    expect(desktop.locator(".panel")).to_have_count(1)
    expect(desktop.locator(".rail, .topbar")).to_have_count(0)
    box = desktop.locator(".panel").bounding_box()
    assert box is not None
    assert box["width"] > 600
    assert box["height"] <= 320


def test_the_kiosk_turns_from_board_to_board(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/kiosk?boards=overview,websocket&every=5s")
    ready(desktop, "overview")
    expect(desktop.locator(".rail, .topbar")).to_have_count(0)

    ready(desktop, "websocket")
    ready(desktop, "overview")
