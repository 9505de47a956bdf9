"""From a metric's name to its panels and a board file."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from pages.files.board import read
from tests.browser.conftest import ready

pytestmark = pytest.mark.browser


def test_a_metric_is_completed_drawn_filtered_and_saved(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/explore?from=now-6h")
    ready(desktop, "explore")
    box = desktop.get_by_role("combobox", name="Name of a metric")
    box.press_sequentially("codeagent_requests")
    desktop.locator(".completions li").first.click()
    name = box.input_value()
    box.press("Enter")

    expect(desktop.locator(".metric-panels svg").first).to_be_visible()
    desktop.locator(".metric-filter summary").first.click()
    desktop.locator(".metric-filter a").first.click()
    expect(desktop.locator(".filter-chip")).to_have_count(1)
    expect(desktop.locator(".metric-panels svg").first).to_be_visible()

    with desktop.expect_download() as download:
        desktop.get_by_role("link", name="Save as board file").click()
    board = read(download.value.path().read_text(), download.value.suggested_filename)
    assert name in board.panels[0].queries[0].expr


def test_a_phone_shows_panels_and_names_what_is_not_there(phone: Page, app_url: str) -> None:
    phone.goto(f"{app_url}/explore?metric=codeagent_request_duration_bucket")
    expect(phone.locator(".metric-panels section")).to_have_count(2)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")

    phone.goto(f"{app_url}/explore?metric=no_such_metric")
    expect(phone.locator("#part-panels")).to_contain_text("There was no metric “no_such_metric” in the last hour.")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_charts_wider_than_a_phone_open_at_their_newest_end(phone: Page, app_url: str) -> None:
    phone.goto(f"{app_url}/explore?metric=codeagent_requests_total&from=now-6h")
    chart = phone.locator(".metric-panels .alert-chart").first
    expect(chart.locator("> svg")).to_be_visible()

    edges = chart.evaluate(
        "chart => [chart.getBoundingClientRect().right, chart.querySelector('svg').getBoundingClientRect().right]"
    )
    assert edges[1] == pytest.approx(edges[0], abs=1)
    assert chart.evaluate("chart => chart.scrollWidth > chart.clientWidth")
