"""The range of the page: days, a calendar for the keyboard, a phone's own calendar, errors that say what to write."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ready

pytestmark = pytest.mark.browser

BERLIN = ZoneInfo("Europe/Berlin")  # of the browser


def midnight(days: int = 0, zone: ZoneInfo = BERLIN) -> datetime:
    """When a day began, counted from today."""
    today = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return (today + timedelta(days=days)).replace(hour=0)


def chosen(page: Page) -> tuple[str, str]:
    """The range in the address."""
    query = parse_qs(urlsplit(page.url).query)
    return query.get("from", [""])[0], query.get("to", ["now"])[0]


def epoch(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def open_range(page: Page, app_url: str, query: str = "from=now-6h") -> Locator:
    page.goto(f"{app_url}/overview?{query}")
    ready(page, "overview")
    page.get_by_role("button", name=re.compile("UTC")).first.click()
    return page.locator('[data-menu-of="range"]')


@pytest.mark.parametrize(("query", "zone"), [("", BERLIN), ("&tz=utc", ZoneInfo("UTC"))])
def test_today_and_yesterday_are_days_of_the_chosen_zone(
    desktop: Page, app_url: str, query: str, zone: ZoneInfo
) -> None:
    menu = open_range(desktop, app_url, f"from=now-6h{query}")
    menu.get_by_role("button", name="Yesterday").click()
    desktop.wait_for_function("location.search.includes('to=')")
    assert chosen(desktop) == (epoch(midnight(-1, zone)), epoch(midnight(0, zone)))
    label = desktop.locator('[data-menu="range"] .label')
    expect(label).to_contain_text("Yesterday")

    label.click()
    menu.get_by_role("button", name="Today").click()
    expect(label).to_contain_text("Today")
    assert chosen(desktop) == (epoch(midnight(0, zone)), "now")
    desktop.reload()
    expect(label).to_contain_text("Today")


def test_this_week_begins_on_the_first_weekday_of_the_readers_language(desktop: Page, app_url: str) -> None:
    open_range(desktop, app_url).get_by_role("button", name="This week").click()
    desktop.wait_for_function("!location.search.includes('now-6h')")
    today = datetime.now(BERLIN).date()
    sunday = today - timedelta(days=(today.weekday() + 1) % 7)  # English of the United States
    assert datetime.fromtimestamp(int(chosen(desktop)[0]), BERLIN).date() == sunday


def test_the_keyboard_chooses_a_range_of_days_in_the_calendar(desktop: Page, app_url: str) -> None:
    menu = open_range(desktop, app_url)
    grid = menu.get_by_role("grid")
    expect(grid).to_have_accessible_name(f"{midnight():%B %Y}")
    expect(grid.locator('[aria-current="date"]')).to_have_count(1)
    grid.locator('[data-day][tabindex="0"]').focus()
    for key in ("PageUp", "ArrowUp", "ArrowLeft", "Enter"):
        desktop.keyboard.press(key)
    first = desktop.locator("#absolute-from").input_value()[:10]
    assert grid.locator('[aria-selected="true"]').count() == 1
    desktop.keyboard.press("ArrowRight")
    desktop.keyboard.press("ArrowRight")
    expect(menu).to_be_visible()  # keys of the grid are not those of the menu
    desktop.keyboard.press("Enter")
    assert grid.locator('[aria-selected="true"]').count() == 3

    menu.get_by_role("button", name="Apply").click()
    start = datetime.fromisoformat(first).replace(tzinfo=BERLIN)
    desktop.wait_for_function("location.search.includes('to=')")
    assert chosen(desktop) == (epoch(start), epoch((start + timedelta(days=3)).replace(hour=0)))


def test_days_ahead_cannot_be_chosen_and_a_click_keeps_the_menu_open(desktop: Page, app_url: str) -> None:
    menu = open_range(desktop, app_url)
    expect(menu.get_by_role("button", name="Next month")).to_be_disabled()
    ahead = menu.locator(f'[data-day="{midnight(1):%Y-%m-%d}"]')
    if ahead.count():
        expect(ahead).to_be_disabled()
    menu.get_by_role("button", name="Previous month").click()
    menu.locator('[data-day$="-15"]').click()
    expect(menu).to_be_visible()
    expect(desktop.locator("#absolute-to")).to_have_value(re.compile(r"-16 00:00$"))


@pytest.mark.parametrize(
    ("start", "end", "field", "text"),
    [
        ("last tuesday", "now", "from", "“last tuesday” is not a time. Write 2026-01-31 14:05, or now-6h."),
        ("2026-01-31 14:05", "2026-02-30 10:00", "to", "“2026-02-30 10:00” is not a time."),
        ("2026-01-31 14:05", "2026-01-31 13:00", "to", "The range ends before it begins."),
        ("2099-01-31 14:05", "now", "from", "The range begins in the future."),
    ],
)
def test_a_bad_range_is_refused_at_its_field_with_what_to_write(
    desktop: Page, app_url: str, start: str, end: str, field: str, text: str
) -> None:
    open_range(desktop, app_url)
    before = desktop.url
    desktop.fill("#absolute-from", start)
    desktop.fill("#absolute-to", end)
    desktop.keyboard.press("Enter")
    expect(desktop.locator("#absolute-error")).to_contain_text(text)
    expect(desktop.locator(f"#absolute-{field}")).to_have_attribute("aria-invalid", "true")
    expect(desktop.locator(f"#absolute-{field}")).to_be_focused()
    assert desktop.url == before


def test_a_phone_has_its_own_calendar(phone: Page, app_url: str) -> None:
    phone.goto(f"{app_url}/overview?from=now-6h")
    ready(phone, "overview")
    phone.locator("[data-sheet]").tap()
    phone.locator('[data-menu="range"]').tap()
    field = phone.locator("#absolute-from")
    expect(field).to_have_attribute("type", "datetime-local")
    assert phone.get_by_role("grid").count() == 0
    field.fill("2026-01-31T14:05")
    phone.locator("#absolute-to").fill("2026-01-31T15:05")
    phone.locator("[data-apply-range]").tap()
    phone.wait_for_function("location.search.includes('to=')")
    assert chosen(phone) == ("1769864700", "1769868300")
