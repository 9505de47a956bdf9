"""From a range of time to its incident report, a note, and the file that is saved."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.settings import Settings
from tests.browser.conftest import ready, served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url(metrics_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with a store for notes."""
    store = tmp_path_factory.mktemp("store") / "alerts.sqlite"
    with served(Settings(prometheus_url=metrics_url, alert_store_url=f"sqlite:///{store}")) as address:
        yield address


def span() -> str:
    """A time of the simulated history."""
    end = int(time.time()) - 4 * 3_600
    return f"from={end - 5_400}&to={end}"


def add_note(page: Page, text: str) -> None:
    page.click(".add-note summary")
    page.fill("[data-note] textarea", text)
    page.fill("[data-note] input[name=user]", "Ada")
    page.click("[data-note] button")


def test_the_range_menu_leads_to_the_report_of_the_range(desktop: Page, url: str) -> None:
    desktop.goto(f"{url}/overview?{span()}")
    ready(desktop, "overview")
    desktop.click('[data-menu="range"]')
    desktop.click("text=Incident report of this range")

    desktop.wait_for_selector(".incident-report h1")
    assert "/incident?from=" in desktop.url


def test_a_note_is_in_the_timeline_and_in_the_saved_file(desktop: Page, url: str, tmp_path: Path) -> None:
    desktop.goto(f"{url}/incident?{span()}")
    desktop.wait_for_selector(".incident-report h1")
    add_note(desktop, "The deployment was <b>rolled back</b>")
    expect(desktop.locator(".timeline .note .what")).to_have_text("The deployment was <b>rolled back</b>")

    with desktop.expect_download() as waiting:
        desktop.click("text=Save as a file")
    saved = tmp_path / "report.html"
    waiting.value.save_as(saved)

    requests: list[str] = []
    desktop.on("request", lambda request: requests.append(request.url))
    desktop.goto(saved.as_uri())
    expect(desktop.locator(".timeline .note .what")).to_have_text("The deployment was <b>rolled back</b>")
    expect(desktop.locator("figure svg").first).to_be_visible()
    assert requests == [saved.as_uri()]


def test_the_report_fits_a_phone(phone: Page, url: str) -> None:
    phone.goto(f"{url}/incident?{span()}")
    phone.wait_for_selector(".incident-report figure svg")

    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_paper_there_is_the_report_only(desktop: Page, url: str) -> None:
    desktop.goto(f"{url}/incident?{span()}")
    desktop.wait_for_selector(".incident-report h1")
    desktop.emulate_media(media="print")

    expect(desktop.locator(".explore-incident > .part-form")).to_be_hidden()
    expect(desktop.locator(".incident-report h1")).to_be_visible()
