"""Boards and panels in frames of another site, as Chromium shows them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from app.link_store import LinkStore, StoredLink
from app.settings import Settings
from app.signed_links import LinkScope, LinkSigner
from bench.page_visit import CHROMIUM, FLAGS
from tests.browser.conftest import served

pytestmark = pytest.mark.browser

BUDGET = 60_000  # bytes of a frame, as they arrive
PATH = "/embed/overview/latency"
# As docs/wiki.md shows it.
SCRIPT = """
addEventListener("message", ({origin, source, data}) => {
  if (origin !== ORIGIN || data?.type !== "codeagent:height") return;
  for (const frame of document.querySelectorAll("iframe"))
    if (frame.contentWindow === source) frame.style.height = `${data.height}px`;
});
addEventListener("message", ({origin, data}) => (window.messages ||= []).push([origin, data]));
"""


@contextmanager
def wiki() -> Iterator[tuple[str, dict[str, str]]]:
    """A site on another name than the app's, `localhost`, with pages by their path; gives its address and them."""
    pages: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(pages.get(self.path, "").encode())

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}", pages
    server.shutdown()


class Site:
    """The wiki and the app whose boards it frames, with what the tests need of both."""

    def __init__(
        self, wiki_url: str, pages: dict[str, str], app_url: str, signer: LinkSigner, links: LinkStore
    ) -> None:
        self.wiki_url, self.pages, self.app_url, self.signer, self.links = wiki_url, pages, app_url, signer, links

    def signed(self, path: str = PATH, **scope: Any) -> str:
        """An address of the app, signed for its board and panel."""
        board, _, panel = path.removeprefix("/embed/").partition("/")
        return self.app_url + self.signer.address(path, LinkScope("embed", board, panel, **scope), {"from": "now-6h"})

    def warm(self, path: str) -> None:
        """Fetch a document twice, so that the next one has the data that the first has waited for."""
        for _ in range(2):
            assert requests.get(self.signed(path), timeout=10).status_code == 200
            time.sleep(0.5)

    def open(self, page: Page, *addresses: str) -> FrameLocator:
        """Open a page of the wiki with these frames; gives the first frame."""
        frames = "".join(f'<iframe src="{address}" width="700" height="200"></iframe>' for address in addresses)
        script = SCRIPT.replace("ORIGIN", json.dumps(self.app_url))
        self.pages["/"] = f"<!DOCTYPE html><title>Wiki</title><body>{frames}<script>{script}</script>"
        page.goto(f"{self.wiki_url}/")
        return page.frame_locator("iframe >> nth=0")


@pytest.fixture(scope="module")
def site(metrics_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("embeds")
    (folder / "key").write_text("a key of more than sixteen characters")
    with wiki() as (wiki_url, pages):
        settings = Settings(
            prometheus_url=metrics_url,
            embed_origins=(wiki_url,),
            link_key_file=folder / "key",
            links_file=folder / "links.db",
        )
        links = LinkStore(f"sqlite:///{folder}/links.db")
        with served(settings) as app_url:
            yield Site(wiki_url, pages, app_url, LinkSigner(folder / "key"), links)


@pytest.fixture(params=[False, True], ids=["cookies allowed", "third-party cookies blocked"])
def profile(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Iterator[tuple[BrowserContext, bool]]:
    """Chromium with a profile of its own, and whether it blocks third-party cookies."""
    settings = tmp_path / "Default" / "Preferences"
    settings.parent.mkdir()
    mode = {"cookie_controls_mode": int(request.param), "block_third_party_cookies": request.param}
    settings.write_text(json.dumps({"profile": mode}))
    launch = browser.browser_type.launch_persistent_context
    context = launch(str(tmp_path), executable_path=CHROMIUM, args=list(FLAGS))
    yield context, request.param
    context.close()


def test_a_signed_panel_is_shown_and_stays_live_whatever_becomes_of_cookies(
    profile: tuple[BrowserContext, bool], site: Site
) -> None:
    context, is_blocked = profile
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    frame = site.open(page, site.signed())

    expect(frame.locator("html[data-ready=overview]")).to_be_attached(timeout=15_000)
    expect(frame.locator(".chart-picture svg").first).to_be_visible()
    assert context.cookies() == []
    # The setting does what its name says: a cookie for use in frames stays only where cookies are allowed.
    write = "() => { document.cookie = 'probe=1; SameSite=None; Secure'; return document.cookie; }"
    assert frame.locator("body").evaluate(write) == ("" if is_blocked else "probe=1")
    assert errors == []


def test_the_frame_tells_its_height_to_the_site_round_it_and_fits(desktop: Page, site: Site) -> None:
    frame = site.open(
        desktop, site.signed(), site.signed("/embed/overview"), site.signed("/embed/infrastructure/disks")
    )
    expect(frame.locator("html[data-ready=overview]")).to_be_attached(timeout=15_000)
    for number in range(3):
        content = desktop.frame_locator(f"iframe >> nth={number}")
        expect(content.locator("html[data-ready]")).to_be_attached(timeout=15_000)
    desktop.wait_for_function("(window.messages || []).length >= 3")
    desktop.wait_for_timeout(300)  # the frames have their new sizes

    assert {origin for origin, _ in desktop.evaluate("window.messages")} == {site.app_url}
    assert all(set(data) == {"type", "height"} for _, data in desktop.evaluate("window.messages"))
    for number in range(3):
        root = desktop.frame_locator(f"iframe >> nth={number}").locator("html")
        scroll, client = root.evaluate("e => [e.scrollHeight, e.clientHeight]")
        assert abs(scroll - client) <= 1, number
        assert client > 200 or number == 2


def test_a_site_that_is_not_on_the_list_gets_no_frame(browser: Browser, site: Site) -> None:
    with wiki() as (other_url, pages):
        pages["/"] = f'<!DOCTYPE html><iframe src="{site.signed()}"></iframe>'
        page = browser.new_page()
        refusals: list[str] = []
        page.on("console", lambda message: refusals.append(message.text))
        page.goto(f"{other_url}/")
        page.wait_for_timeout(1_000)

        assert any("frame-ancestors" in text for text in refusals)
        assert page.frame_locator("iframe").locator(".panel").count() == 0
        page.close()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"expires": 1.0}, "This link has expired."),
        ({"panel": "cpu"}, "This link is for another board, panel or wall."),
    ],
)
def test_a_frame_that_may_not_be_shown_says_why(
    browser: Browser, site: Site, change: dict[str, Any], text: str
) -> None:
    scope = LinkScope("embed", "overview", **{"panel": "latency", **change})
    page = browser.new_page()
    frame = site.open(page, site.app_url + site.signer.address(PATH, scope, {"theme": "dark"}))

    expect(frame.locator("h1")).to_have_text(text)
    expect(frame.locator("p")).to_contain_text("Ask whoever gave you the link")
    expect(frame.locator("a, script, nav")).to_have_count(0)
    page.close()


def test_a_link_that_is_revoked_while_its_frame_is_open_is_named_there_and_not_requested_for_ever(
    browser: Browser, site: Site
) -> None:
    page = browser.new_page()
    page.clock.install()
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url) if ".json?" in request.url else None)
    frame = site.open(page, site.signed(id="short-lived"))
    expect(frame.locator("html[data-ready=overview]")).to_be_attached(timeout=15_000)
    before = len(requested)
    page.clock.run_for(30_000)
    assert len(requested) > before  # every ten seconds
    site.links.add(StoredLink("short-lived", PATH, 1.0, 0.0, "ann"))
    site.links.revoke("short-lived", 2.0)
    page.clock.run_for(30_000)

    expect(frame.locator("#sentence")).to_contain_text("This link has been revoked. Ask whoever gave you the link")
    before = len(requested)
    page.clock.run_for(120_000)
    assert len(requested) <= before + 1
    page.close()


@pytest.mark.parametrize("board", ["overview", "api-performance", "providers", "infrastructure", "websocket"])
def test_a_frame_of_a_whole_board_stays_within_its_bytes(browser: Browser, site: Site, board: str) -> None:
    site.warm(f"/embed/{board}")  # the document of a cold start has no data
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(site.signed(f"/embed/{board}"))
    page.wait_for_selector("html[data-ready]", state="attached", timeout=15_000)
    page.wait_for_timeout(500)

    assert 10_000 < sum(sizes) < BUDGET
    last = page.locator(".panel").last
    last.scroll_into_view_if_needed()  # the other panels come when they are near
    expect(last).not_to_have_attribute("data-state", "loading")
    assert not [address for address in addresses if "plotly" in address or "_dash" in address]
    assert all(
        address.startswith((f"{site.app_url}/embed/", f"{site.app_url}/static/", "data:")) for address in addresses
    )
    context.close()


def test_a_click_in_a_frame_opens_the_board_in_a_tab_of_its_own(desktop: Page, site: Site) -> None:
    frame = site.open(desktop, site.signed())
    expect(frame.locator("html[data-ready=overview]")).to_be_attached(timeout=15_000)
    with desktop.context.expect_page() as opened:
        frame.locator("h2 a").click()
    address = opened.value.url
    assert address.startswith(f"{site.app_url}/overview?from=now-6h")
    assert address.endswith("#panel-latency")
    assert "sig=" not in address
    assert opened.value.evaluate("window.opener") is None
    opened.value.close()


@pytest.mark.parametrize("width", [390, 600, 760])
def test_a_table_in_a_narrow_frame_keeps_the_names_of_its_rows(browser: Browser, site: Site, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 400})
    page.goto(site.signed("/embed/api-performance/slowest"))
    page.wait_for_selector("html[data-ready]", state="attached", timeout=15_000)

    name = page.locator("tbody th.t-key").first
    assert name.evaluate("e => e.getBoundingClientRect().width") >= 100
    page.locator(".t-scroll").evaluate("e => e.scrollTo(e.scrollWidth, 0)")
    box = name.bounding_box()
    assert box is not None
    assert 0 <= box["x"] < 40
    panel = page.locator(".panel").bounding_box()
    assert panel is not None
    assert panel["width"] == width
    page.close()
