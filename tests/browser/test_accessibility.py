"""axe-core finds nothing on any page, in both themes, on desktop and phone, and in whatever opens over a page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from app.settings import Settings
from pages import BOARDS
from tests.browser.conftest import ready, served
from tests.unit.pages import logs_kit, traces_kit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

TRACES = f"from={traces_kit.START - 60}&to={traces_kit.START + 600}"
LOGS = f"from={logs_kit.START}&to={logs_kit.START + 600}"
PAGES = {
    **{board: f"/{board}?from=now-6h" for board in BOARDS},
    "traces": f"/traces?{TRACES}",
    "trace": f"/trace?id={1:032x}",
    "compare": f"/compare?a={1:032x}&b={2:032x}",
    "map": f"/map?{TRACES}",
    "logs": f"/logs?{LOGS}",
    "patterns": f"/logs?{LOGS}&view=patterns",
    "kiosk": "/kiosk?boards=overview&from=now-6h",
    "embed": "/embed/overview?from=now-6h",
    "embedded-tile": "/embed/overview/error-rate?from=now-6h",
    "about": "/about",
    "unknown": "/nothing",
    "refused": "/overview?from=yesterday",
    "explore": "/explore?metric=up",
}
STATIC = ("about", "unknown", "refused")
SCREENS = [(1440, 900, "light"), (1440, 900, "dark"), (390, 844, "light"), (390, 844, "dark")]
OPENED = {
    "range": "[data-menu=range]",
    "filter": "[data-menu=filter-endpoint]",
    "refresh": "[data-menu=refresh]",
    "panel menu": "[data-panel-menu=latency]",
    "explanation": "[data-explain]",
}


@pytest.fixture(scope="module")
def site(metrics_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over metrics, traces and log lines."""
    traces, logs = tmp_path_factory.mktemp("traces"), tmp_path_factory.mktemp("logs")
    requests = [span for number in range(1, 7) for span in traces_kit.request(number)]
    traces_kit.write(traces, [*requests, *traces_kit.failed(8)])
    logs_kit.write(logs)
    with served(Settings(prometheus_url=metrics_url, traces_dir=traces, logs_dir=logs)) as address:
        yield address


def violations(page: Page) -> list[str]:
    """What axe finds, with the first element of each."""
    results = Axe().run(page).response["violations"]
    return [
        f"{violation['id']} ({len(violation['nodes'])}): {violation['nodes'][0]['html'][:200]}" for violation in results
    ]


@pytest.mark.parametrize(("width", "height", "theme"), SCREENS)
def test_no_page_has_a_violation(browser: Browser, site: str, width: int, height: int, theme: str) -> None:
    phone = width < 600
    context = browser.new_context(
        viewport={"width": width, "height": height},
        is_mobile=phone,
        has_touch=phone,
        color_scheme="dark" if theme == "dark" else "light",
    )
    page = context.new_page()
    results = {}
    for name, path in PAGES.items():
        page.goto(site + path)
        if name in STATIC:
            page.wait_for_selector("main")
        else:
            page.wait_for_selector("html[data-ready]", state="attached", timeout=30_000)
        results[name] = violations(page)
    context.close()
    assert {name: problems for name, problems in results.items() if problems} == {}


def test_nothing_that_opens_over_a_page_has_a_violation(desktop: Page, site: str) -> None:
    desktop.goto(f"{site}/overview?from=now-6h")
    ready(desktop, "overview")
    for name, button in OPENED.items():
        desktop.locator(button).last.click()
        desktop.wait_for_timeout(400)
        assert (name, violations(desktop)) == (name, [])
        desktop.keyboard.press("Escape")
    desktop.click("[data-panel-menu=latency]")
    desktop.click("text=Inspect the queries")
    desktop.wait_for_selector(".inspector dl")
    assert violations(desktop) == []
    desktop.keyboard.press("Escape")
    desktop.click("[data-panel-menu=latency]")
    desktop.click("text=Show the numbers")
    desktop.wait_for_selector(".inspector table")
    assert violations(desktop) == []


def test_a_chart_is_read_as_one_picture_with_its_numbers(desktop: Page, site: str) -> None:
    desktop.goto(f"{site}/overview?from=now-6h")
    ready(desktop, "overview")

    chart = desktop.get_by_role("img", name="Response time, latest values")
    assert "p95" in str(chart.get_attribute("aria-label"))
