"""A gateway that is scraped each minute beside faster jobs: the board has its numbers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.settings import Settings
from tests.browser.conftest import ready, served
from tests.integration.queries_kit import backfill, free_port, prometheus, running
from tests.integration.scrape_world import configuration, history

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("minute")
    backfill(folder, "\n".join([*history(int(time.time())), ""]))
    with (
        running(prometheus(folder, configuration(free_port()))) as server,
        served(Settings(prometheus_url=server.url)) as address,
    ):
        yield address


def test_a_gateway_that_is_scraped_each_minute_has_numbers(desktop: Page, url: str) -> None:
    desktop.goto(f"{url}/overview")
    ready(desktop, "overview")

    expect(desktop.locator("#panel-request-rate")).to_contain_text("3req/s")
    expect(desktop.locator("#panel-error-rate")).to_contain_text("0%")
    expect(desktop.locator("#grid")).not_to_contain_text("No request was answered")
