"""A real Prometheus with the demo's history, the app, and Chromium."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from app.factory import App, create_app
from app.settings import Settings
from bench.page_visit import CHROMIUM, FLAGS
from demo import history
from demo.ports import Ports
from tests.integration.queries_kit import needs, prometheus, running

TESTS_SECONDS = 3_600
FRAME_ORIGIN = "http://127.0.0.1:8099"


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """The app on a free port for the block; gives its address."""
    with served_on(settings, 0) as url:
        yield url


@contextmanager
def served_on(settings: Settings, port: int) -> Iterator[str]:
    """The app on that port for the block, 0 for a free one; gives its address."""
    with serving(create_app(settings), port) as url:
        yield url


@contextmanager
def serving(app: App, port: int = 0) -> Iterator[str]:
    """An app on that port for the block, 0 for a free one; gives its address."""
    server = make_server("127.0.0.1", port, app.server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    app.engine.close()


@pytest.fixture(scope="session")
def metrics_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus with a day of the demo's history, which goes on for as long as the tests may run."""
    folder = tmp_path_factory.mktemp("history")
    (folder / "data").mkdir()
    # What ends before a test begins is not "now" after five minutes, Prometheus' look-back.
    history.backfill(folder / "data", int(time.time()) + TESTS_SECONDS, Ports(), needs("promtool"))
    with running(prometheus(folder)) as server:
        yield server.url


@pytest.fixture(scope="session")
def app_url(metrics_url: str) -> Iterator[str]:
    """The app over that Prometheus."""
    with served(Settings(prometheus_url=metrics_url, demo=True, embed_origins=(FRAME_ORIGIN,))) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    if not Path(CHROMIUM).exists() and shutil.which("chromium") is None:
        needs("chromium")
    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield instance
        instance.close()


Open = Callable[..., Page]


@pytest.fixture
def desktop(browser: Browser) -> Iterator[Page]:
    """A page of 1440 px that fails the test on any console error."""
    yield from opened(browser, 1440, 900, phone=False)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page of 390 px with touch that fails the test on any console error."""
    yield from opened(browser, 390, 844, phone=True)


def opened(browser: Browser, width: int, height: int, *, phone: bool) -> Iterator[Page]:
    """A page of that size in CSS pixels that fails on any console error when it is closed."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        is_mobile=phone,
        has_touch=phone,
        timezone_id="Europe/Berlin",
        service_workers="block",
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def ready(page: Page, board: str) -> None:
    """Wait until every panel in view has drawn."""
    page.wait_for_selector(f'html[data-ready="{board}"]', state="attached", timeout=30_000)
