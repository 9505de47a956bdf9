"""Dashboards of Grafana as they are imported: drawn at both sizes without an error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.grafana.importing.boards import convert
from app.grafana.importing.reading import read
from app.settings import Settings
from pages.files.board import write
from tests.browser.conftest import opened, ready, served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

FILES = sorted((Path(__file__).resolve().parents[1] / "data" / "grafana").glob("*.json"))
SCREENS = ((1440, 900), (390, 844))


@pytest.fixture(scope="module")
def site(metrics_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The app with all imported boards, and their ids."""
    folder = tmp_path_factory.mktemp("boards")
    boards = [board for path in FILES if (board := convert(read(path.read_bytes())).board)]
    for board in boards:
        (folder / f"{board.id}.toml").write_text(write(board), encoding="utf-8")
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
