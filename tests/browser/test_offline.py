"""Pages without a network: as they were last seen, with the age of their data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from app.settings import Settings
from tests.browser.conftest import ready, served_on

pytestmark = pytest.mark.browser

ACTIVE = "navigator.serviceWorker.ready.then(registration => registration.active.state)"
STORED = "caches.open('pages').then(cache => cache.keys()).then(keys => keys.map(key => new URL(key.url).pathname))"


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """A page of a phone that may have a service worker."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    yield context.new_page()
    context.close()


def stored(page: Page, path: str) -> None:
    page.wait_for_function(f"() => {STORED}.then(paths => paths.includes('{path}'))", timeout=15_000)


def test_a_board_and_a_page_are_shown_while_the_server_is_away_and_again_with_it(
    visitor: Page, metrics_url: str
) -> None:
    settings = Settings(prometheus_url=metrics_url)
    with served_on(settings, 0) as url:
        visitor.goto(f"{url}/overview?from=now-6h")
        ready(visitor, "overview")
        visitor.wait_for_function(f"() => {ACTIVE}.then(state => state === 'activated')", timeout=15_000)
        stored(visitor, "/overview")  # the first visit, too
        visitor.goto(f"{url}/alerts")
        stored(visitor, "/alerts")

    visitor.goto(f"{url}/overview?from=now-6h")
    expect(visitor.locator("#panel-request-rate")).to_contain_text(re.compile(r"\d"))
    expect(visitor.locator("#outage")).to_contain_text("dashboard server", timeout=15_000)
    visitor.goto(f"{url}/alerts")
    expect(visitor.get_by_role("heading", name="Alerts").first).to_be_visible()

    with served_on(settings, urlsplit(url).port or 0):
        visitor.goto(f"{url}/overview?from=now-6h")
        ready(visitor, "overview")
        expect(visitor.locator("#outage")).to_be_empty()


def test_an_installation_that_stores_nothing_removes_what_was_stored(visitor: Page, metrics_url: str) -> None:
    with served_on(Settings(prometheus_url=metrics_url), 0) as url:
        visitor.goto(f"{url}/overview")
        stored(visitor, "/overview")

    with served_on(Settings(prometheus_url=metrics_url, store_pages=False), urlsplit(url).port or 0):
        visitor.goto(f"{url}/overview")
        visitor.wait_for_function(
            "() => Promise.all([navigator.serviceWorker.getRegistrations(), caches.keys()])"
            ".then(([workers, names]) => workers.length + names.length === 0)",
            timeout=15_000,
        )
