"""Screenshots of the pages for the documentation, from a running app: desktop and phone, both themes.

python -m tests.browser.screenshots [URL] [FOLDER]
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bench.page_visit import CHROMIUM, FLAGS
from pages import NAVIGATION

SCREENS = {"desktop": (1440, 900), "phone": (390, 844)}


def main(url: str = "http://127.0.0.1:8050", folder: str = "docs/screenshots") -> None:
    """Write BOARD-SCREEN-THEME.png for every combination."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for screen in SCREENS:
            for theme in ("light", "dark"):
                _shoot(browser, url, Path(folder), screen, theme)
        browser.close()


def _shoot(browser: Browser, url: str, folder: Path, screen: str, theme: str) -> None:
    width, height = SCREENS[screen]
    phone = screen == "phone"
    context = browser.new_context(
        viewport={"width": width, "height": height},
        is_mobile=phone,
        has_touch=phone,
        color_scheme="dark" if theme == "dark" else "light",
    )
    page = context.new_page()
    for board in NAVIGATION:
        page.goto(f"{url}{board.path}?from=now-24h")
        page.wait_for_selector(f'html[data-ready="{board.id}"]', timeout=60_000, state="attached")
        page.wait_for_timeout(600)
        page.screenshot(path=str(folder / f"{board.id}-{screen}-{theme}.png"))
    for name, address in _explored(page, url).items():
        page.goto(url + address)
        page.wait_for_selector("html[data-ready]", timeout=60_000, state="attached")
        page.wait_for_timeout(1_500)
        page.screenshot(path=str(folder / f"{name}-{screen}-{theme}.png"))
    context.close()


def _explored(page: Page, url: str) -> dict[str, str]:
    """Addresses of the exploring pages; the trace is the slowest run of a workflow."""
    answer = page.request.get(f"{url}/api/explore/traces?from=now-1h&op=ExecuteWorkflow&sort=slowest").json()
    match = re.search(r"/trace\?[^\"]*id=([0-9a-f]{32})", answer["parts"]["list"])
    trace = match[1] if match else ""
    return {
        "traces": "/traces?from=now-1h",
        "logs": "/logs?from=now-1h",
        "trace": f"/trace?id={trace}",
        "compare": f"/compare?a={trace}",
        "map": "/map?from=now-1h",
        "endpoint": "/endpoint?endpoint=/v1/chat/completions&from=now-1h",
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
