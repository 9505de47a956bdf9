"""When something does not answer: said once, never green, and on a wall from four metres away."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from pages import BOARDS
from tests.browser.conftest import ready

pytestmark = pytest.mark.browser

REFRESH = "**/api/boards/*/refresh?**"
SENTENCE = "Prometheus cannot be reached at http://127.0.0.1:9."


@pytest.fixture
def screen(browser: Browser) -> Iterator[Page]:
    """A desktop whose failed requests are meant, so that the console may say so."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, timezone_id="Europe/Berlin")
    yield context.new_page()
    context.close()


def changed(change: Callable[[dict[str, Any]], None]) -> Callable[[Route], None]:
    """A route that answers what the server answers, changed."""

    def answer(route: Route) -> None:
        body = route.fetch().json()
        change(body)
        route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    return answer


def away(body: dict[str, Any], *, data: bool) -> None:
    """Prometheus does not answer; panels are old, or have nothing."""
    now = time.time()
    body["outages"] = [
        {"source": "Prometheus", "text": SENTENCE, "since": now - 300, "data_until": now - 360 if data else None}
    ]
    empty = {"state": "failed", "sentence": SENTENCE, "hint": "", "figure": None, "html": "", "legend": ""}
    for panel in body["panels"]:
        panel |= {"state": "stale", "age": 360} if data else {**empty, "outage": "Prometheus", "rev": "away"}


def level(page: Page) -> str:
    """What the dot of the refresh says."""
    return str(page.locator("#live").get_attribute("data-live"))


def test_a_backend_that_is_away_is_one_banner_and_every_panel_is_short(screen: Page, app_url: str) -> None:
    screen.route(REFRESH, changed(lambda body: away(body, data=False)))
    screen.goto(f"{app_url}/overview")
    ready(screen, "overview")

    expect(screen.locator("#outage p")).to_have_count(1)
    expect(screen.locator("#outage")).to_contain_text("Prometheus cannot be reached at http://127.0.0.1:9 since")
    expect(screen.locator('.panel[data-state="away"]')).to_have_count(len(BOARDS["overview"].panels))
    expect(screen.locator("#panel-latency .panel-message")).to_have_text("No data while Prometheus is away")
    assert screen.inner_text("#grid").count(SENTENCE) == 0
    expect(screen.locator("#live-text")).to_have_text("no data")
    assert level(screen) == "lost"


def test_live_is_not_green_while_a_backend_is_away_and_says_how_old_the_data_are(screen: Page, app_url: str) -> None:
    screen.route(REFRESH, changed(lambda body: away(body, data=True)))
    screen.goto(f"{app_url}/overview")
    ready(screen, "overview")

    expect(screen.locator("#live-text")).to_have_text("data 6 min old")
    assert level(screen) == "lost"
    expect(screen.locator("#outage")).to_contain_text("data up to")
    marks = ".dot, .sentence .status-shape"
    colours = screen.eval_on_selector_all(marks, "all => all.map((each) => getComputedStyle(each).backgroundColor)")
    assert "rgb(26, 127, 75)" not in colours


def test_alerts_that_are_away_leave_the_board_lit_but_not_green(screen: Page, app_url: str) -> None:
    outage = {"source": "Alertmanager", "text": "Alertmanager cannot be reached.", "since": 1.0, "data_until": None}
    screen.route(REFRESH, changed(lambda body: body.update(outages=[outage])))
    screen.goto(f"{app_url}/overview?from=now-3h")
    ready(screen, "overview")

    expect(screen.locator("#outage b")).to_have_text("Alertmanager cannot be reached")
    expect(screen.locator('.panel[data-state="away"]')).to_have_count(0)
    expect(screen.locator("#live-text")).to_have_text("live")
    expect(screen.locator("#live")).to_have_attribute("data-live", "trouble")
    assert screen.evaluate("document.documentElement.dataset.away") is None


def test_the_banner_goes_when_the_backend_is_back(screen: Page, app_url: str) -> None:
    screen.route(REFRESH, changed(lambda body: away(body, data=False)))
    screen.goto(f"{app_url}/overview?from=now-3h&refresh=5s")
    ready(screen, "overview")
    expect(screen.locator("#outage p")).to_have_count(1)
    screen.unroute(REFRESH)

    expect(screen.locator("#outage p")).to_have_count(0, timeout=15_000)
    expect(screen.locator('.panel[data-state="away"]')).to_have_count(0)
    assert screen.evaluate("document.documentElement.dataset.away") is None


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (lambda route: route.abort("connectionrefused"), "The dashboard server cannot be reached"),
        (
            lambda route: route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>"),
            "The dashboard server does not answer (status 502)",
        ),
        (
            lambda route: route.fulfill(status=200, content_type="text/html", body="<form>Sign in</form>"),
            "Another server answers in place of the dashboard server, perhaps with a sign-in page",
        ),
    ],
    ids=["refused", "502", "sign-in"],
)
def test_a_wall_whose_server_is_away_says_so_in_large_letters(
    screen: Page, app_url: str, failure: Callable[[Route], None], sentence: str
) -> None:
    screen.goto(f"{app_url}/kiosk?boards=overview&refresh=5s")
    ready(screen, "overview")
    screen.route(REFRESH, failure)

    expect(screen.locator("#outage b")).to_have_text(sentence, timeout=30_000)
    expect(screen.locator("#outage")).to_contain_text("data up to")
    # 4 % of a screen of 68 cm (55 inches) is 27 mm: letters of 20 mm are read from four metres.
    assert screen.evaluate("parseFloat(getComputedStyle(document.querySelector('#outage b')).fontSize)") > 0.04 * 1080
    assert screen.evaluate("getComputedStyle(document.querySelector('.stage')).opacity") == "0.4"
    expect(screen.locator("#sentence")).to_be_hidden()
    assert level(screen) == "lost"
    box = screen.locator("#grid").evaluate("e => e.getBoundingClientRect().bottom")
    assert box <= 1081

    screen.unroute(REFRESH)
    expect(screen.locator("#outage p")).to_have_count(0, timeout=15_000)
    expect(screen.locator("#live-text")).to_contain_text("data ")


def test_a_refused_address_is_said_once(screen: Page, app_url: str) -> None:
    screen.goto(f"{app_url}/overview?from=yesterday")
    expect(screen.locator("#sentence")).to_contain_text("“yesterday”")
    expect(screen.locator("#panel-latency .panel-message")).to_have_text(
        "No data for this address; the reason is given above."
    )
    assert screen.inner_text("body").count("“yesterday”") == 1


def test_a_page_that_never_got_data_says_who_is_away(screen: Page, app_url: str) -> None:
    screen.route(REFRESH, lambda route: route.abort("connectionrefused"))
    screen.goto(f"{app_url}/overview")

    expect(screen.locator("#outage b")).to_have_text("The dashboard server cannot be reached")
    expect(screen.locator("#outage")).to_contain_text("no data yet")
    expect(screen.locator("#live-text")).to_have_text("offline")
