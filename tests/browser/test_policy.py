"""No page asks for anything that its Content-Security-Policy forbids, nor does what opens over a page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from pages.exploring import PAGES as EXPLORING
from pages.runbooks.document import names
from tests.browser.conftest import ready
from tests.browser.test_accessibility import PAGES, site

__all__ = ["site"]  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

LISTEN = """
addEventListener("securitypolicyviolation", (event) => {
  const list = JSON.parse(sessionStorage.getItem("violations") || "[]");
  list.push(`${location.pathname}: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
  sessionStorage.setItem("violations", JSON.stringify(list));
});
"""
PATHS = {
    *PAGES.values(),
    *(f"/{page}" for page in EXPLORING),
    *(f"/runbooks/{name}" for name in names()[:2]),
    "/boards",
    "/changes?from=now-1h",
    "/incident?from=now-1h",
    "/embed/providers?from=now-6h",
}


@pytest.fixture
def listening(browser: Browser) -> Iterator[Page]:
    """A page that records violations of the policy."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(LISTEN)
    yield context.new_page()
    context.close()


def reported(page: Page) -> list[str]:
    page.wait_for_timeout(100)  # events come after what causes them
    return list(page.evaluate("JSON.parse(sessionStorage.getItem('violations') || '[]')"))


def test_the_listener_hears_a_violation(listening: Page, site: str) -> None:
    listening.goto(f"{site}/overview?from=now-6h")
    listening.evaluate(
        "() => { document.body.append(Object.assign(new Image(), {src: 'https://other.example/x.png'})); }"
    )
    (violation,) = reported(listening)
    assert violation.startswith("/overview: img-src https://other.example")


def test_no_page_violates_its_policy(listening: Page, site: str) -> None:
    for path in sorted(PATHS):
        answer = listening.goto(site + path)
        assert answer is not None
        assert "default-src 'self'" in answer.headers["content-security-policy"], path
        listening.wait_for_load_state("networkidle", timeout=15_000)
    assert reported(listening) == []


def test_nothing_that_opens_over_a_board_violates_its_policy(listening: Page, site: str) -> None:
    listening.goto(f"{site}/overview?from=now-6h")
    ready(listening, "overview")
    for entry, opened in (
        ("Inspect the queries", ".inspector dl"),
        ("Show the numbers", ".inspector table"),
        ("Explore chart", "html[data-explored=latency]"),
        ("Share", ".share .share-wiki"),
    ):
        listening.click("[data-panel-menu=latency]")
        listening.click(f"[role=menuitem]:has-text('{entry}')")
        listening.wait_for_selector(opened, state="attached", timeout=15_000)
        listening.keyboard.press("Escape")
    for button in ("[data-menu=range]", "[data-menu=filter-endpoint]", "[data-explain]"):
        listening.locator(button).last.click()
        listening.keyboard.press("Escape")
    assert reported(listening) == []
