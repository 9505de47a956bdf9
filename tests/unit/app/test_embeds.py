"""Frames in other sites: what a link shows, what is refused, and how."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.factory import App, create_app
from app.link_store import LinkStore, StoredLink
from app.settings import Settings
from app.signed_links import LinkScope, LinkSigner

WIKI = "https://wiki.example"
PAGE = "/embed/overview/error-rate"
BUDGET = 60_000  # bytes of a frame, compressed; data of a board take up to half of it
SCOPE = LinkScope("embed", "overview", "error-rate", {"environment": ["prod"]}, 3_600, time.time() + 600, "first")
OPEN = LinkScope("embed", "overview", "", {"endpoint": ()}, 86_400, 0.0, "open")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("embeds")
    (path / "key").write_text("a key of more than sixteen characters")
    return path


def settings(**more: object) -> Settings:
    return Settings(prometheus_url="http://127.0.0.1:9", deadline_seconds=1.0, embed_origins=(WIKI,), **more)


@pytest.fixture(scope="module")
def app(folder: Path) -> Iterator[App]:
    instance = create_app(settings(link_key_file=folder / "key", links_file=folder / "l.db", user_header="X-User"))
    yield instance
    instance.engine.close()


@pytest.fixture
def client(app: App) -> FlaskClient:
    return app.server.test_client()


@pytest.fixture
def store(folder: Path) -> LinkStore:
    return LinkStore(f"sqlite:///{folder}/l.db")


@pytest.fixture
def signer(folder: Path, store: LinkStore) -> LinkSigner:
    return LinkSigner(folder / "key", store.is_revoked)


@pytest.fixture(scope="module")
def plain_client() -> Iterator[FlaskClient]:
    """Of an app without a key and without sign-in."""
    instance = create_app(settings())
    yield instance.server.test_client()
    instance.engine.close()


def heading(answer: TestResponse) -> str:
    match = re.search("<h1>(.*?)</h1>", answer.get_data(as_text=True))
    return match[1] if match else ""


def both(client: FlaskClient, address: str) -> list[int]:
    """The statuses of a frame's page and of its data."""
    path, _, query = address.partition("?")
    return [client.get(f"{path}?{query}").status_code, client.get(f"{path}.json?{query}").status_code]


def test_without_a_key_a_frame_needs_no_signature(plain_client: FlaskClient) -> None:
    assert both(plain_client, f"{PAGE}?from=now-90d") == [200, 200]


def test_with_a_key_an_unsigned_frame_is_refused_unless_somebody_is_signed_in(client: FlaskClient) -> None:
    assert both(client, PAGE) == [403, 403]
    assert client.get(PAGE, headers={"X-User": "ann"}).status_code == 200
    assert client.get(f"{PAGE}.json", headers={"X-User": "ann"}).status_code == 200


def test_where_sign_in_is_on_an_unsigned_frame_is_refused_without_a_key_too() -> None:
    app = create_app(settings(user_header="X-User"))
    client = app.server.test_client()
    assert both(client, PAGE) == [403, 403]
    assert both(client, f"{PAGE}?sig=x") == [403, 403]
    assert client.get("/render/overview/error-rate.svg").status_code == 403
    assert client.get(PAGE, headers={"X-User": "ann"}).status_code == 200
    app.engine.close()


def test_a_signed_frame_shows_its_panel_and_its_data(client: FlaskClient, signer: LinkSigner) -> None:
    address = signer.address(PAGE, SCOPE, {"from": "now-1h"})
    assert both(client, address) == [200, 200]
    page = client.get(address).get_data(as_text=True)
    assert 'id="panel-error-rate"' in page
    assert 'id="panel-latency"' not in page
    data = client.get(address.replace("?", ".json?"))
    assert [panel["id"] for panel in data.get_json()["panels"]] == ["error-rate"]
    assert data.get_json()["sentence"] is None  # alerts of everything are not part of a panel
    assert "public" not in data.headers["Cache-Control"]


def test_the_data_of_a_panel_s_link_are_that_panel_s_whatever_is_requested(
    client: FlaskClient, signer: LinkSigner
) -> None:
    address = signer.address(f"{PAGE}.json", SCOPE, {"from": "now-1h", "panels": "latency"})
    assert [panel["id"] for panel in client.get(address).get_json()["panels"]] == ["error-rate"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/embed/overview/latency", "environment=prod"),
        ("/embed/overview", "environment=prod"),
        ("/embed/providers", "environment=prod"),
        (PAGE, ""),
        (PAGE, "environment=dev"),
        (PAGE, "environment=prod&environment=dev"),
        (PAGE, "environment=prod&endpoint=/v1/x"),
        (PAGE, "environment=prod&from=now-2h"),
        (PAGE, "environment=prod&from=1000000000&to=1000007200"),
    ],
)
def test_what_a_link_is_not_for_is_refused(client: FlaskClient, signer: LinkSigner, path: str, query: str) -> None:
    assert both(client, f"{path}?{query}&sig={signer.sign(SCOPE)}") == [403, 403]


def test_a_label_on_the_list_may_be_filtered_by_any_value_and_others_by_none(
    client: FlaskClient, signer: LinkSigner
) -> None:
    signature = signer.sign(OPEN)
    assert both(client, f"/embed/overview?endpoint=/v1/x&sig={signature}") == [200, 200]
    assert both(client, f"/embed/overview?sig={signature}") == [200, 200]
    assert both(client, f"/embed/overview?environment=prod&sig={signature}") == [403, 403]


def test_a_picture_s_link_and_an_altered_one_are_refused(client: FlaskClient, signer: LinkSigner) -> None:
    picture = signer.sign(LinkScope("render", "overview", "error-rate"))
    altered = signer.sign(SCOPE)[:-2] + "!!"
    for signature in (picture, altered):
        assert both(client, f"{PAGE}?environment=prod&sig={signature}") == [403, 403]


def test_an_expired_and_a_revoked_link_say_so_politely(
    client: FlaskClient, signer: LinkSigner, store: LinkStore
) -> None:
    expired = signer.address(PAGE, LinkScope("embed", "overview", "error-rate", expires=time.time() - 1), {})
    revoked = signer.address(PAGE, LinkScope("embed", "overview", "error-rate", id="gone"), {})
    assert both(client, revoked) == [200, 200]
    store.add(StoredLink("gone", PAGE, 1.0, 0.0, "ann"))
    assert store.revoke("gone", 2.0)

    for address, text in ((expired, "This link has expired."), (revoked, "This link has been revoked.")):
        answer = client.get(f"{address}&theme=dark")
        assert both(client, address) == [410, 410]
        assert heading(answer) == text
        assert "Ask whoever gave you the link" in answer.get_data(as_text=True)
        assert "<script" not in answer.get_data(as_text=True)
        assert 'data-theme="dark"' in answer.get_data(as_text=True)
        assert f"frame-ancestors {WIKI}" in answer.headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in answer.headers


def test_revocation_reaches_another_process(client: FlaskClient, signer: LinkSigner, folder: Path) -> None:
    other = create_app(settings(link_key_file=folder / "key", links_file=folder / "l.db"))
    address = signer.address(PAGE, LinkScope("embed", "overview", "error-rate", id="shared"), {})
    other_client = other.server.test_client()
    assert both(other_client, address) == [200, 200]
    LinkStore(f"sqlite:///{folder}/l.db").add(StoredLink("shared", PAGE, 1.0, 0.0, "ann"))
    assert client.delete("/api/links/shared", json={}, headers={"X-User": "ann"}).status_code == 200
    assert both(other_client, address) == [410, 410]
    other.engine.close()


def test_a_link_that_cannot_be_checked_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "l.db").mkdir()  # no database can be there
    app = create_app(settings(link_key_file=folder / "key", links_file=tmp_path / "l.db"))
    signature = LinkSigner(folder / "key").sign(LinkScope("embed", "overview", "error-rate"))
    assert both(app.server.test_client(), f"{PAGE}?sig={signature}") == [503, 503]
    app.engine.close()


def test_hostile_text_in_an_address_is_shown_as_text(client: FlaskClient, signer: LinkSigner) -> None:
    answer = client.get(f'{PAGE}?from=<script>&theme="><script>&sig={signer.sign(SCOPE)}')
    assert answer.status_code == 400
    assert "<script" not in answer.get_data(as_text=True)


def test_no_cookie_is_set_in_a_frame(client: FlaskClient, signer: LinkSigner) -> None:
    address = signer.address(PAGE, SCOPE, {"from": "now-1h"})
    answers = [client.get(address), client.get(address.replace("?", ".json?")), client.get(PAGE)]
    assert [answer.headers.getlist("Set-Cookie") for answer in answers] == [[], [], []]


def test_a_frame_requests_nothing_that_needs_sign_in(client: FlaskClient, signer: LinkSigner) -> None:
    page = client.get(signer.address(PAGE, SCOPE, {"from": "now-1h"})).get_data(as_text=True)
    addresses = re.findall(r'(?:href|src)="(/[^"]+)"', page)
    assert addresses
    assert all(address.startswith(("/static/", "/embed/")) for address in addresses)
    assert "plotly" not in page
    assert "_dash" not in page
    assert 'id="boards"' not in page


@pytest.mark.parametrize("path", ["/embed/nothing", "/embed/overview/nothing"])
def test_an_unknown_board_or_panel_is_not_found(client: FlaskClient, path: str) -> None:
    assert both(client, path) == [404, 404]


@pytest.mark.parametrize("path", [PAGE, "/embed/overview", "/embed/providers"])
def test_a_frame_leaves_much_of_its_budget_to_its_data(plain_client: FlaskClient, path: str) -> None:
    page = plain_client.get(path, headers={"Accept-Encoding": "br"})
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', brotli.decompress(page.get_data()).decode())
    files = [plain_client.get(address, headers={"Accept-Encoding": "br"}) for address in addresses]
    assert len(files) == 3  # style, icon, script
    assert len(page.get_data()) + sum(len(file.get_data()) for file in files) < 0.55 * BUDGET
