"""The trace pages in a real browser: thousands of spans, hostile names, keyboard, phone."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, Route, expect

from app.settings import Settings
from tests.browser.conftest import ready, served
from tests.unit.pages.traces_kit import HOSTILE, START, failed, request, span, write

pytestmark = pytest.mark.browser

LONG = 99  # the trace with many spans
SHARED = 50  # a client and a server share an id, and their clocks differ
MANY = 5_000
RANGE = f"from={START - 60}&to={START + 600}"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over requests, failures, a hostile trace and a long one; nobody answers for Prometheus."""
    folder = tmp_path_factory.mktemp("traces")
    many = [
        span(n + 1, f"step {n % 50}", trace=LONG, parent=(n + 4) // 5, at_ms=n * 0.1, ms=max(1, 400 - n * 0.08))
        for n in range(MANY)
    ]
    hostile = [span(1, HOSTILE, trace=7, service=HOSTILE, attributes={HOSTILE: HOSTILE})]
    shared = [
        span(501, "request", trace=SHARED, ms=100),
        span(502, "call", trace=SHARED, parent=501, at_ms=5, ms=50, kind="client"),
        span(
            502,
            "serve",
            trace=SHARED,
            parent=501,
            at_ms=-300,
            ms=40,
            kind="server",
            service="Worker",
            attributes={"who": "server", "tags": ["red", "blue"]},
        ),
        span(503, "db", trace=SHARED, parent=502, at_ms=-290, ms=10, kind="client", service="Worker", status="error"),
    ]
    spans = [*shared, *(span for number in range(1, 7) for span in request(number))]
    write(folder, [*spans, *failed(8), *failed(9), *failed(10), *hostile, *many])
    with served(Settings(prometheus_url="http://127.0.0.1:9", traces_dir=folder)) as address:
        yield address


@pytest.fixture
def refused(browser: Browser) -> Iterator[Page]:
    """A page that is told about answers of 400, which Chromium counts among its errors."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def trace_url(url: str, number: int, more: str = "") -> str:
    return f"{url}/trace?id={number:032x}{more}"


def test_the_document_holds_the_spans_before_any_script_has_run(url: str, browser: Browser) -> None:
    requests.get(f"{url}/api/explore/traces?{RANGE}", timeout=30)  # the files are read before
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{url}/traces?{RANGE}")

    expect(page.locator(".traces li").first).to_be_visible()
    context.close()


def test_only_rows_on_screen_are_in_the_document(desktop: Page, url: str) -> None:
    desktop.goto(trace_url(url, LONG))
    ready(desktop, "trace")
    assert desktop.locator(".trace-row").count() < 100

    desktop.evaluate("document.querySelector('.trace-list').scrollTop = 1e9")
    expect(desktop.locator(f".trace-row[data-at='{MANY - 1}']")).to_be_visible()
    assert desktop.locator(".trace-row").count() < 100


def test_spans_are_found_folded_and_walked_by_keys(desktop: Page, url: str) -> None:
    desktop.goto(trace_url(url, LONG))
    ready(desktop, "trace")
    desktop.fill(".trace-tools input", "step 7")
    expect(desktop.locator(".trace-found")).to_have_text(f"{MANY // 50} found")
    desktop.fill(".trace-tools input", "")

    desktop.click(".trace-row[data-at='0']")
    desktop.locator(".trace-list").press("ArrowDown")
    expect(desktop.locator(".trace-row.open")).to_have_attribute("data-at", "1")
    desktop.locator(".trace-list").press("ArrowLeft")
    expect(desktop.locator(".trace-row[data-at='1']")).to_have_attribute("aria-expanded", "false")
    assert "span=" in desktop.url


def test_an_address_with_a_span_opens_it(desktop: Page, url: str) -> None:
    desktop.goto(trace_url(url, 8, f"&span={82:016x}"))
    expect(desktop.locator(".trace-detail h3")).to_have_text("GET key")
    expect(desktop.locator(".trace-detail")).to_contain_text("db.system.name")


def test_hostile_names_are_text(desktop: Page, url: str) -> None:
    desktop.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    desktop.goto(trace_url(url, 7))
    ready(desktop, "trace")
    desktop.click(".trace-row")
    expect(desktop.locator(".trace-detail h3")).to_contain_text("<script>alert(1)</script>")
    desktop.click("[data-view='flame']")
    desktop.goto(f"{url}/traces?{RANGE}&in=spans")
    ready(desktop, "traces")
    expect(desktop.locator("#part-list")).to_contain_text("<script>alert(1)</script>")


def test_a_phone_shows_five_thousand_spans(phone: Page, url: str) -> None:
    phone.goto(trace_url(url, LONG))
    ready(phone, "trace")
    phone.tap(".trace-row[data-at='3']")
    expect(phone.locator(".trace-detail h3")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") == 390

    box = phone.locator("[data-close-detail]").bounding_box()
    assert box
    assert box["height"] >= 44


def test_a_flame_graph_joins_calls_and_looks_closer(desktop: Page, url: str) -> None:
    desktop.goto(trace_url(url, LONG))
    ready(desktop, "trace")
    desktop.click("[data-view='flame']")
    expect(desktop.locator(".flame").first).to_contain_text("The whole trace")
    desktop.click(".flame >> nth=2")
    expect(desktop.locator(".flame").first).not_to_contain_text("The whole trace")


def test_a_search_that_cannot_be_understood_points_at_the_character(refused: Page, url: str) -> None:
    refused.goto(f"{url}/traces?{RANGE}&q=name:")
    expect(refused.locator("#explore-error")).to_contain_text("needs a value")
    expect(refused.locator("#explore-error mark")).to_have_count(1)


def test_an_unknown_trace_is_said_and_not_blank(refused: Page, url: str) -> None:
    refused.goto(trace_url(url, 12345))
    expect(refused.locator("#explore-error")).to_contain_text("This trace does not exist")


def test_choices_narrow_the_list_and_back_widens_it(desktop: Page, url: str) -> None:
    desktop.goto(f"{url}/traces?{RANGE}")
    ready(desktop, "traces")
    before = desktop.locator("#part-list h2").inner_text()
    desktop.select_option("select[name='status']", "error")
    expect(desktop.locator("#part-list h2")).to_have_text("3 traces")
    desktop.go_back()
    expect(desktop.locator("#part-list h2")).to_have_text(before)


def test_dragging_over_the_picture_narrows_time_and_duration(desktop: Page, url: str) -> None:
    desktop.goto(f"{url}/traces?{RANGE}")
    ready(desktop, "traces")
    box = desktop.locator(".scatter").bounding_box()
    assert box
    desktop.mouse.move(box["x"] + 40, box["y"] + 30)
    desktop.mouse.down()
    desktop.mouse.move(box["x"] + 200, box["y"] + 120, steps=5)
    desktop.mouse.up()

    desktop.wait_for_url(lambda address: "min=" in address and "max=" in address)


def rows(page: Page) -> list[str]:
    """Names of the rows that are there, from the top."""
    return [name.strip() for name in page.locator(".trace-row .trace-name > span:not(.fold)").all_inner_texts()]


@pytest.mark.parametrize(
    ("typed", "matches", "names"),
    [
        ("status:error", 1, ["request", "call", "serve", "db"]),
        ("who:server", 1, ["request", "call", "serve"]),
        ("tags:blue", 1, ["request", "call", "serve"]),
        ("red", 1, ["request", "call", "serve"]),
        ("duration:>45", 2, ["request", "call"]),
        ("Worker", 2, ["request", "call", "serve", "db"]),
    ],
)
def test_spans_are_found_by_what_they_hold_and_the_others_hidden(
    desktop: Page, url: str, typed: str, matches: int, names: list[str]
) -> None:
    desktop.goto(trace_url(url, SHARED))
    ready(desktop, "trace")
    desktop.fill(".trace-tools input", typed)
    expect(desktop.locator(".trace-found")).to_have_text(f"{matches} found")
    expect(desktop.locator(".trace-row")).to_have_count(4)

    desktop.click("[data-only]")
    expect(desktop.locator(".trace-row")).to_have_count(len(names))
    assert rows(desktop) == names
    desktop.reload()
    expect(desktop.locator(".trace-row")).to_have_count(len(names))


def test_a_search_that_is_wrong_says_why(refused: Page, url: str) -> None:
    refused.goto(trace_url(url, SHARED))
    refused.wait_for_selector(".trace-row")
    refused.fill(".trace-tools input", "status:")
    expect(refused.locator(".trace-found")).to_contain_text("needs a value")


def test_spans_that_share_an_id_show_their_own_details(desktop: Page, url: str) -> None:
    desktop.goto(trace_url(url, SHARED, f"&span={502:016x}@Worker"))
    expect(desktop.locator(".trace-detail")).to_contain_text("who")
    desktop.click(".trace-row:has-text('call')")
    expect(desktop.locator(".trace-detail h3")).to_have_text("call")
    expect(desktop.locator(".span-body")).to_contain_text("kind client")
    assert rows(desktop) == ["request", "call", "serve", "db"]


def test_the_time_axis_zooms_by_dragging_and_escape_goes_back(desktop: Page, url: str) -> None:
    desktop.goto(trace_url(url, SHARED))
    ready(desktop, "trace")
    axis = desktop.locator(".trace-axis > div").bounding_box()
    assert axis
    y = axis["y"] + 8
    desktop.mouse.move(axis["x"] + axis["width"] * 0.5, y)
    desktop.mouse.down()
    desktop.mouse.move(axis["x"] + axis["width"], y, steps=5)
    desktop.mouse.up()

    expect(desktop.locator(".trace-axis span").first).to_contain_text("50")
    expect(desktop.locator("[data-whole]")).to_be_visible()
    assert "zoom=" in desktop.url
    assert "span=" not in desktop.url  # a drag is no click
    desktop.reload()
    expect(desktop.locator(".trace-axis span").first).to_contain_text("50")
    desktop.keyboard.press("Escape")
    expect(desktop.locator("[data-whole]")).to_be_hidden()
    assert "zoom=" not in desktop.url


def test_keys_reach_the_spans_and_escape_closes_the_details(desktop: Page, url: str) -> None:
    desktop.goto(trace_url(url, LONG))
    ready(desktop, "trace")
    desktop.keyboard.press("Tab")
    desktop.keyboard.press("Enter")
    expect(desktop.locator(".trace-list")).to_be_focused()
    desktop.keyboard.press("End")
    expect(desktop.locator(".trace-row.open")).to_have_attribute("data-at", str(MANY - 1))
    desktop.keyboard.press("Home")
    expect(desktop.locator(".trace-row.open")).to_have_attribute("data-at", "0")
    desktop.keyboard.press("Escape")
    expect(desktop.locator(".trace-detail")).to_be_hidden()
    expect(desktop.locator(".trace-list")).to_be_focused()


def test_the_trace_id_and_the_recorded_times_are_on_the_page(desktop: Page, url: str) -> None:
    desktop.goto(trace_url(url, SHARED))
    ready(desktop, "trace")
    expect(desktop.locator("#part-head code")).to_have_text(f"{SHARED:032x}")
    expect(desktop.locator("#part-head")).to_contain_text("The clocks of Worker and Gateway differ")
    desktop.click("text=Show times as recorded")
    expect(desktop.locator("#part-head")).to_contain_text("Times are shown as recorded.")
    expect(desktop.locator(".trace-row:has-text('serve') .trace-bar i")).to_have_attribute(
        "style", re.compile("left:0%")
    )


def test_a_script_that_comes_late_still_draws_the_spans(url: str, desktop: Page) -> None:
    def late(route: Route) -> None:
        time.sleep(1)
        route.continue_()

    desktop.route("**/static/explore.*.js", late)
    desktop.goto(trace_url(url, 1))
    expect(desktop.locator("html")).to_have_attribute("data-ready", "trace")
    desktop.wait_for_function("document.querySelector('.trace-map').width > 600")  # it is 300 until it is drawn
    desktop.locator(".trace-list").press("ArrowDown")

    expect(desktop.locator(".trace-row.open")).to_have_attribute("data-at", "0")
