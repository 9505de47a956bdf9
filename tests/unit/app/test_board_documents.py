"""Documents of boards: whole pages, and the address that their scripts ask first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from app.board_documents import refresh_address
from app.board_page import BoardPages
from app.factory import App, create_app
from app.first_panels import first_on_phone
from app.prerender import is_phone
from app.settings import Settings
from pages import BOARDS


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    instance = create_app(Settings(prometheus_url="http://127.0.0.1:9", deadline_seconds=1.0))
    yield instance
    instance.engine.close()


@pytest.fixture
def client(app: App) -> FlaskClient:
    return app.server.test_client()


@pytest.fixture
def pages(app: App) -> BoardPages:
    return BoardPages(app.boards.offer, lambda: BOARDS, demo=False)


def test_a_document_holds_every_panel_in_its_final_place(client: FlaskClient) -> None:
    page = client.get("/overview").get_data(as_text=True)

    for panel in BOARDS["overview"].panels:
        for part in ("panel", "title", "body", "legend", "message", "age"):
            assert page.count(f'id="{part}-{panel.id}"') == 1, part
    assert page.count('id="grid"') == 1
    assert 'id="absolute-from"' in page


@pytest.mark.parametrize("address", ["/overview?from=yesterday", "/kiosk?at=²", "/embed/overview?from=now-6h&to=x"])
def test_an_invalid_query_still_gives_the_page(client: FlaskClient, address: str) -> None:
    answer = client.get(address)

    assert answer.status_code == 200
    assert 'id="panel-error-rate"' in answer.get_data(as_text=True)


def test_the_first_data_of_each_width_are_preloaded(client: FlaskClient) -> None:
    page = client.get("/overview?from=now-6h").get_data(as_text=True)
    links = [unescape(link) for link in re.findall(r'<link rel="preload" href="(/api/[^"]+)" as="fetch"', page)]

    assert [re.findall(r"&w=(\w)", link) for link in links] == [["s"], ["m"]]
    for link in links:
        assert client.get(link).status_code == 200


def test_an_address_of_data_is_written_as_the_browser_writes_it(pages: BoardPages) -> None:
    query = {"endpoint": ["/v1/b c", "/v1/a", "/v1/a"], "from": ["now-6h"], "other": ["x"], "compare": ["day"]}
    page = pages.page("/overview", {})
    assert page is not None

    assert refresh_address(page, query, "m") == (
        "/api/boards/overview/refresh?from=now-6h&to=now&w=m&compare=day&endpoint=/v1/a&endpoint=/v1/b%20c"
    )
    phone = refresh_address(page, {}, "s")
    assert phone.endswith("&status=board")
    assert len(re.findall(r"panels=([^&]+)", phone)[0].split(",")) == first_on_phone(page.panels)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Sec-CH-UA-Mobile": "?1"}, True),
        ({"Sec-CH-UA-Mobile": "?0", "User-Agent": "Mobile"}, False),
        ({"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Mobile/15E148 Safari/604.1"}, True),
        ({"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}, False),
    ],
)
def test_phones_are_recognised_by_their_hint_or_their_name(headers: dict[str, str], *, expected: bool) -> None:
    with Flask(__name__).test_request_context("/overview", headers=headers):
        assert is_phone(request) is expected


def test_a_board_of_many_panels_asks_for_those_in_view_first(pages: BoardPages) -> None:
    page = pages.page("/overview", {})
    assert page is not None
    many = replace(page, panels=tuple(replace(page.panels[0], id=f"p{number}") for number in range(41)))

    address = refresh_address(many, {}, "m")

    assert re.findall(r"panels=([^&]+)&status=board$", address)[0].split(",") == [f"p{number}" for number in range(16)]
    wall = refresh_address(replace(many, mode="kiosk"), {}, "m")
    assert len(re.findall(r"panels=([^&]+)", wall)[0].split(",")) == 41


@pytest.mark.parametrize(
    ("path", "query", "mode", "board"),
    [
        ("/overview", {}, "board", "overview"),
        ("/kiosk", {}, "kiosk", "overview"),
        ("/kiosk", {"boards": ["overview,websocket"], "at": ["1"]}, "kiosk", "websocket"),
        ("/kiosk", {"boards": ["overview", "websocket"], "at": ["3"]}, "kiosk", "websocket"),
        ("/kiosk", {"boards": ["overview"], "at": ["٣"]}, "kiosk", "overview"),
        ("/kiosk", {"boards": ["overview"], "at": ["9" * 5_000]}, "kiosk", "overview"),
        ("/embed/overview", {}, "embed", "overview"),
    ],
)
def test_an_address_leads_to_a_board(
    pages: BoardPages, path: str, query: dict[str, list[str]], mode: str, board: str
) -> None:
    page = pages.page(path, query)

    assert page is not None
    assert (page.mode, page.board.id) == (mode, board)


def test_an_embedded_panel_stands_alone(pages: BoardPages) -> None:
    page = pages.page("/embed/overview/error-rate", {})

    assert page is not None
    assert [panel.id for panel in page.panels] == ["error-rate"]
    assert "panels=error-rate" in refresh_address(page, {}, "m")


@pytest.mark.parametrize(
    "path", ["/about", "/boards", "/overview/x", "/embed/overview/nothing", "/nothing", "/kiosk/x"]
)
def test_no_board_stands_at_other_addresses(pages: BoardPages, path: str) -> None:
    assert pages.page(path, {}) is None
