"""Menus by keyboard, and what panels and embeds show of themselves."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, Route, expect

from pages import BOARDS
from panels.spec import Dashboard
from tests.browser.conftest import ready

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement.textContent.trim() || document.activeElement.value"


def at_overview(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/overview?from=now-6h")
    ready(page, "overview")


def press(page: Page, *keys: str) -> str:
    """What has the focus after these keys."""
    for key in keys:
        page.keyboard.press(key)
    return str(page.evaluate(FOCUSED))


def test_arrows_home_end_and_letters_move_in_a_menu_and_escape_gives_the_focus_back(
    desktop: Page, app_url: str
) -> None:
    at_overview(desktop, app_url)
    desktop.focus('[data-menu="refresh"]')

    assert press(desktop, "ArrowDown") == "10 s"  # what is chosen
    assert press(desktop, "ArrowDown") == "30 s"
    assert press(desktop, "End") == "5 min"
    assert press(desktop, "ArrowDown") == "Paused"
    assert press(desktop, "ArrowUp") == "5 min"
    assert press(desktop, "Home") == "Paused"
    assert press(desktop, "1") == "10 s"
    press(desktop, "Escape")
    expect(desktop.locator('[data-menu="refresh"]')).to_be_focused()
    expect(desktop.locator('[data-menu="refresh"]')).to_have_attribute("aria-expanded", "false")

    press(desktop, "Enter", "End", "Enter")
    desktop.wait_for_url("**refresh=5m**")
    expect(desktop.locator('[data-menu="refresh"]')).to_be_focused()


def test_a_panel_s_menu_is_walked_by_keyboard_and_left_by_tab(desktop: Page, app_url: str) -> None:
    at_overview(desktop, app_url)
    button = desktop.locator('[data-panel-menu="latency"]')
    button.focus()

    assert press(desktop, "Enter") == "How this is computed"
    expect(button).to_have_attribute("aria-expanded", "true")
    assert press(desktop, "ArrowUp") == "Share"
    assert press(desktop, "Home", "f") == "Full screen"
    press(desktop, "Escape")
    expect(button).to_be_focused()
    press(desktop, "Enter", "Tab")
    expect(desktop.locator(".popover")).to_have_count(0)
    assert press(desktop, "Shift+Tab") == ""
    expect(button).to_be_focused()

    press(desktop, "Enter", "ArrowDown", "Enter")
    expect(desktop.locator("dialog.inspector")).to_be_visible()
    press(desktop, "Escape")
    expect(button).to_be_focused()


def test_letters_in_a_menu_are_no_shortcuts(desktop: Page, app_url: str) -> None:
    at_overview(desktop, app_url)
    theme = desktop.evaluate("document.documentElement.dataset.theme")
    desktop.focus('[data-panel-menu="latency"]')
    press(desktop, "Enter", "t")

    assert desktop.evaluate("document.documentElement.dataset.theme") == theme


def test_a_filter_of_many_values_is_searched_and_says_where_it_ends(desktop: Page, app_url: str) -> None:
    values = [f"/v1/{name}/thing-{number}" for name in ("alpha", "beta") for number in range(400)]

    def answer(route: Route) -> None:
        route.fulfill(status=200, content_type="application/json", body=json.dumps({"values": values, "busiest": []}))

    desktop.route("**/filters/endpoint?**", answer)
    at_overview(desktop, app_url)
    desktop.click('[data-menu="filter-endpoint"]')
    menu = desktop.locator('[data-menu-of="filter-endpoint"]')

    expect(menu.locator("label")).to_have_count(200)
    expect(menu.locator(".values-note")).to_have_text("200 of 800 values are shown; search for the others.")
    expect(menu.locator("input[type=search]")).to_be_focused()
    desktop.keyboard.type("beta 399")
    expect(menu.locator("label")).to_have_count(1)
    press(desktop, "ArrowDown", "Space")
    desktop.wait_for_url("**endpoint=/v1/beta/thing-399**")
    menu.locator("input[type=search]").fill("nothing")
    expect(menu.locator(".values-note")).to_have_text("No value contains “nothing”.")


def test_no_word_of_a_filter_is_broken(desktop: Page, app_url: str) -> None:
    desktop.goto(f"{app_url}/api-performance?from=now-6h")
    ready(desktop, "api-performance")
    desktop.click('[data-menu="filter-endpoint"]')
    label = desktop.locator('[data-menu-of="filter-endpoint"] label', has_text="completions")

    assert label.evaluate("e => e.querySelector('span').getClientRects().length") == 1
    assert label.evaluate("e => e.offsetHeight") < 40


@pytest.mark.parametrize("board", [pytest.param(board, id=board.id) for board in BOARDS.values()])
def test_no_title_names_a_unit_that_its_axis_contradicts(desktop: Page, app_url: str, board: Dashboard) -> None:
    desktop.goto(f"{app_url}{board.path}?from=now-6h")
    ready(desktop, board.id)

    units = set(desktop.locator(".panel .unit").all_inner_texts())
    assert not units & {"milliseconds", "seconds", "bytes", "bytes per second"}
    assert (
        desktop.locator(".panel.bucketheatmap .unit").all_inner_texts()
        == [""] * desktop.locator(".panel.bucketheatmap").count()
    )


@pytest.mark.parametrize("board", ["overview", "providers", "infrastructure"])
def test_lists_over_the_whole_width_are_not_cut_off(desktop: Page, app_url: str, board: str) -> None:
    desktop.goto(f"{app_url}/{board}?from=now-6h")
    ready(desktop, board)

    # Both edges at the same moment: a line above the panels may appear in between and move them.
    beyond = """panel => panel.querySelector(".panel-body > *").getBoundingClientRect().bottom
      - panel.getBoundingClientRect().bottom"""
    for panel in desktop.locator(".panel.wide:is(.cells, .cards, .table)").all():
        panel.locator(".panel-body > *").first.wait_for()  # panels below the fold are drawn later
        assert panel.evaluate(beyond) <= 0


def test_an_embedded_tile_does_not_load_plotly(desktop: Page, app_url: str) -> None:
    addresses: list[str] = []
    desktop.on("request", lambda request: addresses.append(request.url))
    desktop.goto(f"{app_url}/embed/overview/error-rate?from=now-6h")
    ready(desktop, "overview")
    desktop.wait_for_timeout(500)

    assert [address for address in addresses if "plotly" in address] == []
