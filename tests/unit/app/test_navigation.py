"""The links to all pages: five places in a phone's bar, the others in a menu."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from app.navigation import navigation_bar
from app.prerender import render_html
from pages import NAVIGATION, overview
from panels.spec import Dashboard


def markup(current: str, navigation: tuple[Dashboard, ...] = NAVIGATION) -> str:
    """The navigation as HTML."""
    return render_html(navigation_bar(current, navigation), lambda _: "")


def bar_of_phone(text: str) -> list[str]:
    """The names in the bar of a phone."""
    links = re.findall(r'<(?:a|button)[^>]*class="nav-link"[^>]*>.*?class="nav-name">([^<]*)', text)
    return list(links)


def menu_entries(text: str) -> list[tuple[str, str]]:
    """Address and name of the entries of the menu."""
    menu = text[text.index('role="menu"') :]
    return re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', menu)


def test_a_phone_has_five_entries_with_whole_names() -> None:
    assert bar_of_phone(markup("overview")) == ["Overview", "API", "Providers", "Alerts", "More"]


def test_the_menu_has_every_page_that_is_not_in_the_bar() -> None:
    entries = [path for path, _ in menu_entries(markup("overview"))]
    assert entries == ["/websocket", "/infrastructure", "/traces", "/logs", "/about"]


def test_boards_that_are_hidden_make_room_for_the_next_ones() -> None:
    offered = tuple(board for board in NAVIGATION if board.id != "providers")
    assert bar_of_phone(markup("overview", offered)) == ["Overview", "API", "WebSocket", "Alerts", "More"]


def test_added_boards_are_reached_by_the_list_of_boards() -> None:
    added = replace(overview.BOARD, id="mine", title="Mine")
    text = markup("mine", (*NAVIGATION, added))
    assert ("/boards", "All boards") in menu_entries(text)
    assert text.count('aria-current="page"') == 2  # in the rail of a desktop, and in the menu


@pytest.mark.parametrize(("current", "is_in_menu"), [("logs", True), ("overview", False)])
def test_more_is_current_for_the_pages_in_its_menu(current: str, *, is_in_menu: bool) -> None:
    button = re.search(r'<button[^>]*class="nav-link"[^>]*>', markup(current))
    assert button is not None
    assert ('aria-current="true"' in button[0]) is is_in_menu
    assert 'aria-haspopup="menu"' in button[0]
