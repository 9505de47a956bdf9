"""Gestures of phones: swipes between boards, pulling to refresh, a chart in full screen when the phone is turned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.conftest import ready

pytestmark = pytest.mark.browser

Spot = tuple[float, float]
LOADED = "() => [...document.styleSheets].some((sheet) => /touch/.test(sheet.href)) && !!window.codeagentTouch"


def opened(phone: Page, address: str, board: str) -> CDPSession:
    """A board whose gestures have been loaded, and what sends touches to it."""
    phone.goto(address)
    ready(phone, board)
    phone.wait_for_function(LOADED)
    return phone.context.new_cdp_session(phone)


def touch(session: CDPSession, kind: str, spots: Sequence[Spot]) -> None:
    points = [{"x": x, "y": y} for x, y in spots]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


@contextmanager
def dragged(session: CDPSession, start: Spot, end: Spot) -> Iterator[None]:
    """A finger that goes from one spot to another, and is lifted after the block."""
    touch(session, "touchStart", [start])
    for step in range(1, 9):
        spot = [a + (b - a) * step / 8 for a, b in zip(start, end, strict=True)]
        touch(session, "touchMove", [(spot[0], spot[1])])
    yield
    touch(session, "touchEnd", [])


def drag(session: CDPSession, start: Spot, end: Spot) -> None:
    with dragged(session, start, end):
        pass


def centre(phone: Page, selector: str) -> Spot:
    box = phone.locator(selector).first.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_swipes_lead_through_the_boards_and_the_bar_follows(phone: Page, app_url: str) -> None:
    session = opened(phone, f"{app_url}/overview?from=now-6h", "overview")
    names = phone.eval_on_selector_all(".rail > a.nav-link[data-nav]", "all => all.map((each) => each.pathname)")
    boards = [name for name in names if name not in ("/traces", "/logs", "/alerts", "/boards")]
    phone.evaluate("window.isSameDocument = true")
    for board, following in pairwise(boards[:3]):
        assert phone.evaluate("location.pathname") == board
        _, y = centre(phone, ".board-title")
        with dragged(session, (330, y), (160, y)):
            expect(phone.locator(".touch-hint")).to_have_text(re.compile("→$"))
        ready(phone, following[1:])
        assert phone.get_attribute(".rail [aria-current=page]:visible", "href").split("?")[0] == following  # type: ignore[union-attr]
        assert "from=now-6h" in phone.url
        expect(phone.locator(".touch-hint")).to_have_count(0)
    drag(session, (60, centre(phone, ".board-title")[1]), (240, centre(phone, ".board-title")[1]))
    ready(phone, boards[1][1:])
    assert phone.evaluate("window.isSameDocument")  # the boards were swapped, not loaded anew


def test_a_swipe_over_a_chart_or_from_the_edge_changes_no_board(phone: Page, app_url: str) -> None:
    session = opened(phone, f"{app_url}/overview", "overview")
    _, top = centre(phone, ".board-title")
    drag(session, (386, top), (160, top))
    phone.locator(".chart-view").first.scroll_into_view_if_needed()
    x, y = centre(phone, ".chart-view")
    drag(session, (x + 130, y), (x - 60, y))
    phone.wait_for_timeout(400)
    assert phone.evaluate("location.pathname") == "/overview"
    expect(phone.locator(".tip")).to_be_visible()


def test_a_swipe_over_numbers_changes_the_board(phone: Page, app_url: str) -> None:
    session = opened(phone, f"{app_url}/overview", "overview")
    phone.wait_for_timeout(1_000)  # the status line has its final height
    _, y = centre(phone, ".panel.tile .panel-head")
    drag(session, (330, y), (160, y))
    ready(phone, "api-performance")


def test_the_first_board_has_none_before_it(phone: Page, app_url: str) -> None:
    session = opened(phone, f"{app_url}/overview", "overview")
    _, y = centre(phone, ".board-title")
    with dragged(session, (60, y), (260, y)):
        expect(phone.locator(".touch-hint")).to_have_count(0)
    phone.wait_for_timeout(300)
    assert phone.evaluate("location.pathname") == "/overview"


@pytest.mark.parametrize(("motion", "is_moved"), [("reduce", False), ("no-preference", True)])
def test_the_page_follows_the_finger_unless_motion_is_not_wanted(
    phone: Page, app_url: str, motion: str, is_moved: bool
) -> None:
    phone.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
    session = opened(phone, f"{app_url}/overview", "overview")
    _, y = centre(phone, ".board-title")
    with dragged(session, (300, y), (240, y)):
        assert (phone.evaluate("document.getElementById('main').style.translate") != "") is is_moved
    assert phone.evaluate("document.getElementById('main').style.translate") == ""
    assert phone.evaluate("location.pathname") == "/overview"


def test_pulling_at_the_top_refreshes_and_says_the_age(phone: Page, app_url: str) -> None:
    session = opened(phone, f"{app_url}/overview", "overview")
    hint = phone.locator(".touch-hint")
    assert phone.evaluate("getComputedStyle(document.documentElement).overscrollBehaviorY") == "none"
    with dragged(session, (200, 160), (200, 190)):
        expect(hint).to_have_text(re.compile(r"^Pull to refresh · data \d+ s old$"))
    expect(hint).to_have_count(0)

    with phone.expect_request("**/api/boards/overview/refresh?**"), dragged(session, (200, 160), (200, 300)):
        expect(hint).to_have_text(re.compile(r"^Release to refresh · data \d+ s old$"))
    expect(hint).to_have_text(re.compile(r"^Refreshed · data \d+ s old$"))
    expect(hint).to_have_count(0)


def test_pulling_refreshes_pages_without_a_board_too(phone: Page, app_url: str) -> None:
    session = opened(phone, f"{app_url}/alerts", "alerts")
    with phone.expect_request("**/api/explore/alerts**"):
        drag(session, (200, 300), (200, 480))


def test_further_down_a_pull_scrolls(phone: Page, app_url: str) -> None:
    session = opened(phone, f"{app_url}/overview", "overview")
    phone.evaluate("scrollTo(0, 400)")
    with dragged(session, (200, 300), (200, 400)):
        expect(phone.locator(".touch-hint")).to_have_count(0)


def test_turning_the_phone_shows_the_touched_chart_in_full_screen_and_back(phone: Page, app_url: str) -> None:
    opened(phone, f"{app_url}/overview", "overview")
    chart = phone.locator(".chart-view").first
    chart.scroll_into_view_if_needed()
    panel = chart.evaluate("(element) => element.closest('[data-panel]').dataset.panel")
    chart.tap()
    expect(phone.locator(".tip")).to_be_visible()

    phone.set_viewport_size({"width": 844, "height": 390})
    expect(phone.locator(f"#panel-{panel}.full")).to_be_visible()
    box = phone.locator(f"#panel-{panel}").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 844, "height": 390}
    picture = phone.locator(f"#panel-{panel} .chart-view")
    expect(picture).to_be_visible()
    assert picture.evaluate("(element) => element.clientHeight") > 240

    phone.set_viewport_size({"width": 390, "height": 844})
    expect(phone.locator(".panel.full")).to_have_count(0)
    assert "full=" not in phone.url


def test_turning_the_phone_without_a_touched_chart_keeps_the_board(phone: Page, app_url: str) -> None:
    opened(phone, f"{app_url}/overview", "overview")
    phone.set_viewport_size({"width": 844, "height": 390})
    phone.wait_for_timeout(300)
    expect(phone.locator(".panel.full")).to_have_count(0)
