"""Dashboards of Grafana as they are imported: drawn at both sizes without an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Request, expect

from app.grafana.importing.boards import convert
from app.grafana.importing.reading import read
from app.settings import Settings
from pages.files.board import write
from tests.browser.conftest import opened, ready, served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

FILES = sorted((Path(__file__).resolve().parents[1] / "data" / "grafana").glob("*.json"))
SCREENS = ((1440, 900), (390, 844))


BY_PROVIDER = """
id = "by-provider"
title = "By provider"
question = "Which provider is busy?"
filters = ["provider"]
[[panels]]
id = "calls"
title = "Calls of {{provider}}"
repeat = "provider"
view = { kind = "lines" }
queries = [{ expr = "sum(rate(codeagent_llm_requests_total{$filter(provider)}[$__rate_interval]))", legend = "calls" }]
"""


@pytest.fixture(scope="module")
def site(metrics_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The app with all imported boards, and their ids."""
    folder = tmp_path_factory.mktemp("boards")
    boards = [board for path in FILES if (board := convert(read(path.read_bytes())).board)]
    for board in boards:
        (folder / f"{board.id}.toml").write_text(write(board), encoding="utf-8")
    (folder / "by-provider.toml").write_text(BY_PROVIDER, encoding="utf-8")
    with served(Settings(prometheus_url=metrics_url, boards_dir=folder)) as url:
        yield url, tuple(board.id for board in boards)


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_imported_boards_are_drawn_without_an_error(
    browser: Browser, site: tuple[str, tuple[str, ...]], width: int, height: int
) -> None:
    url, board_ids = site
    for board_id in board_ids:
        for page in opened(browser, width, height, phone=width < 600):
            page.goto(f"{url}/{board_id}?from=now-1h")
            ready(page, board_id)

            assert page.locator('.panel[data-state="failed"]').count() == 0
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), board_id


def test_a_board_of_many_panels_is_printed_whole_and_in_light_colours(
    browser: Browser, site: tuple[str, tuple[str, ...]]
) -> None:
    url, board_ids = site
    board_id = next(name for name in board_ids if name.startswith("node-exporter"))
    for page in opened(browser, 1440, 900, phone=False):
        page.goto(f"{url}/{board_id}?from=now-1h&theme=dark")
        ready(page, board_id)
        assert page.locator(".panel .skeleton").count() > 100

        page.evaluate("dispatchEvent(new Event('beforeprint'))")  # as the browser does before it lays out paper
        assert page.locator(".panel .skeleton").count() == 0
        assert page.locator("html").get_attribute("data-theme") == "light"

        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("html").get_attribute("data-theme") == "dark"


def test_a_board_of_many_panels_asks_for_those_in_view_and_then_for_others(
    browser: Browser, site: tuple[str, tuple[str, ...]]
) -> None:
    url, board_ids = site
    board_id = next(name for name in board_ids if name.startswith("node-exporter"))
    for page in opened(browser, 1440, 900, phone=False):
        addresses: list[str] = []
        page.on("request", _recorder(addresses))
        page.goto(f"{url}/{board_id}?from=now-1h")
        ready(page, board_id)
        counts = [_panel_count(address) for address in addresses if "/refresh?" in address]

        assert counts[0] == 16
        assert max(counts) < 60

        last = page.locator(".panel[data-panel]").last
        with page.expect_request(lambda request: "&status=none" in request.url):
            last.scroll_into_view_if_needed()
        expect(last).to_have_attribute("data-state", re.compile(".+"))


def test_a_repeated_panel_follows_the_filter(browser: Browser, site: tuple[str, tuple[str, ...]]) -> None:
    url, _ = site
    for page in opened(browser, 1440, 900, phone=False):
        page.goto(f"{url}/by-provider?from=now-1h")
        ready(page, "by-provider")
        titles = page.locator(".panel[data-panel] h2").all_inner_texts()
        assert len(titles) > 1
        assert all(title.startswith("Calls of ") and "{{" not in title for title in titles)

        chosen = titles[-1].removeprefix("Calls of ").split("\n")[0].strip()
        page.evaluate(
            "value => { const to = new URL(location.href); to.searchParams.set('provider', value);"
            "history.pushState({}, '', to); document.dispatchEvent(new CustomEvent('codeagent:state')); }",
            chosen,
        )
        expect(page.locator(".panel[data-panel]")).to_have_count(1)
        ready(page, "by-provider")

        assert chosen in page.locator(".panel[data-panel] h2").inner_text()
        assert page.locator('.panel[data-state="failed"]').count() == 0


def _recorder(addresses: list[str]) -> Callable[[Request], None]:
    """Notes the address of each request."""
    return lambda request: addresses.append(request.url)


def _panel_count(address: str) -> int:
    """How many panels a request names."""
    return len(parse_qs(urlsplit(address).query).get("panels", [""])[0].split(","))
