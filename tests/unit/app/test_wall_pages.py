"""Walls of playlists: who may see one, and that the token of a display shows that wall and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from app.cli import main
from app.factory import App, create_app
from app.link_store import LinkStore
from app.settings import Settings
from app.signed_links import LinkScope, LinkSigner

WALLS = """
[lobby]
boards = ["overview", "endpoint?endpoint=/v1/chat"]
range = "now-6h"
filters = { environment = ["production"] }

[office]
boards = ["providers"]
"""
DATA = "/kiosk/lobby/overview.json?from=now-6h&to=now&w=m&environment=production"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("walls")
    (path / "key").write_text("a key of more than sixteen characters")
    (path / "walls.toml").write_text(WALLS, encoding="utf-8")
    return path


def settings(folder: Path, **more: object) -> Settings:
    walls = folder / "walls.toml"
    return Settings(prometheus_url="http://127.0.0.1:9", deadline_seconds=1.0, walls_file=walls, **more)


@pytest.fixture(scope="module")
def app(folder: Path) -> Iterator[App]:
    marks, token = folder / "marks.db", folder / "key"
    instance = create_app(
        settings(
            folder,
            link_key_file=folder / "key",
            links_file=folder / "l.db",
            user_header="X-User",
            marks_file=marks,
            marks_token_file=token,
            public_url="https://d.example",
            alertmanager_url="http://127.0.0.1:9",
        )
    )
    yield instance
    instance.engine.close()


@pytest.fixture
def client(app: App) -> FlaskClient:
    return app.server.test_client()


@pytest.fixture(scope="module")
def open_client(folder: Path) -> Iterator[FlaskClient]:
    """Of an app without a key and without sign-in."""
    instance = create_app(settings(folder))
    yield instance.server.test_client()
    instance.engine.close()


@pytest.fixture
def store(folder: Path) -> LinkStore:
    return LinkStore(f"sqlite:///{folder}/l.db")


@pytest.fixture
def signer(folder: Path) -> LinkSigner:
    return LinkSigner(folder / "key")


@pytest.fixture
def token(signer: LinkSigner) -> str:
    return signer.sign(LinkScope("wall", "kiosk/lobby", id="screen"))


def statuses(client: FlaskClient, signature: str) -> list[int]:
    """Of the page and of the data of the lobby's wall."""
    page = client.get("/kiosk/lobby", query_string={"sig": signature}, follow_redirects=True)
    data = client.get(f"{DATA}&sig={signature}")
    return [page.status_code, data.status_code]


def test_the_wall_of_a_playlist_is_shown_at_its_own_address(open_client: FlaskClient) -> None:
    answer = open_client.get("/kiosk/lobby?at=1", follow_redirects=True)
    html = answer.get_data(as_text=True)
    board = re.search('data-board="([^"]*)"', html)
    assert board
    fields = json.loads(board[1].replace("&quot;", '"'))

    assert fields["id"] == "endpoint"
    assert fields["fixed"] == {"endpoint": ["/v1/chat"], "environment": ["production"]}
    assert fields["address"] == "/kiosk/lobby/endpoint.json"
    assert "/v1/chat" in html[html.index("wall-scope") :]
    preload = re.search('href="(/kiosk/lobby/endpoint.json[^"]*)"', html)
    assert preload
    assert open_client.get(preload[1].replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize("query", ["", "from=now-90d", "environment=dev", "boards=infrastructure", "tz=utc&at=0"])
def test_an_address_with_other_parameters_leads_to_the_playlist_s_own(open_client: FlaskClient, query: str) -> None:
    address = urlsplit(open_client.get(f"/kiosk/lobby?{query}").headers["Location"])
    parameters = parse_qs(address.query)
    assert parameters["boards"] == ["overview,endpoint?endpoint=/v1/chat"]
    assert parameters["environment"] == ["production"]
    assert parameters["from"] == ["now-6h"]
    assert open_client.get(f"{address.path}?{address.query}").status_code == 200


def test_a_position_that_is_no_number_is_the_first_board(open_client: FlaskClient) -> None:
    assert "at=0" in open_client.get("/kiosk/lobby?at=²").headers["Location"]


def test_an_unknown_playlist_is_not_found_and_the_known_ones_are_named(open_client: FlaskClient) -> None:
    answer = open_client.get("/kiosk/nothing")
    assert answer.status_code == 404
    assert "lobby, office" in answer.get_data(as_text=True)


def test_a_token_shows_its_wall_and_does_not_expire(client: FlaskClient, signer: LinkSigner, token: str) -> None:
    assert statuses(client, token) == [200, 200]
    assert signer.scope(token).expires == 0


def test_without_a_token_only_who_is_signed_in_sees_a_wall(client: FlaskClient) -> None:
    assert statuses(client, "") == [403, 403]
    assert client.get("/kiosk/lobby", headers={"X-User": "ann"}, follow_redirects=True).status_code == 200
    assert client.get(DATA, headers={"X-User": "ann"}).status_code == 200


def test_an_altered_token_and_one_of_another_key_are_refused(client: FlaskClient, token: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("another key of enough characters")
    foreign = LinkSigner(tmp_path / "key").sign(LinkScope("wall", "kiosk/lobby"))
    for altered in (token[:-2] + "!!", "x" + token, token.rpartition(".")[0], foreign):
        assert statuses(client, altered) == [403, 403]


def test_a_token_of_another_playlist_is_refused(client: FlaskClient, signer: LinkSigner) -> None:
    assert statuses(client, signer.sign(LinkScope("wall", "kiosk/office"))) == [403, 403]


@pytest.mark.parametrize("kind", ["embed", "render"])
def test_a_link_for_a_frame_or_a_picture_shows_no_wall(client: FlaskClient, signer: LinkSigner, kind: str) -> None:
    assert statuses(client, signer.sign(LinkScope(kind, "kiosk/lobby"))) == [403, 403]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    [
        "/kiosk/lobby/providers.json?from=now-6h&to=now&w=m",
        DATA.replace("now-6h", "now-90d"),
        DATA.replace("production", "dev"),
        DATA.replace("&environment=production", ""),
        DATA + "&endpoint=/v1/other",
        DATA + "&compare=week",
        DATA.replace("w=m", "w=l"),
        DATA.replace("overview", "endpoint"),
        DATA.replace("overview", "endpoint") + "&endpoint=/v1/other",
    ],
)
def test_a_token_shows_no_other_board_range_or_filter(client: FlaskClient, token: str, address: str) -> None:
    assert client.get(f"{address}&sig={token}").status_code == 403


@pytest.mark.parametrize(
    "path", ["/embed/overview", "/embed/overview/error-rate", "/render/overview/error-rate.svg", "/render/overview.pdf"]
)
def test_a_token_shows_no_frame_and_no_picture(client: FlaskClient, token: str, path: str) -> None:
    assert client.get(f"{path}?environment=production&sig={token}").status_code == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/links"), ("DELETE", "/api/links/screen"), ("POST", "/api/alerts/silences"), ("POST", "/api/marks")],
)
def test_a_token_writes_nothing(client: FlaskClient, token: str, method: str, path: str) -> None:
    answer = client.open(path, method=method, query_string={"sig": token}, json={"board": "overview", "days": 1})
    assert answer.status_code in (401, 403)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_addresses_of_a_wall_are_read_only(client: FlaskClient, token: str, method: str) -> None:
    for path in ("/kiosk/lobby", "/kiosk/lobby/overview.json"):
        assert client.open(path, method=method, query_string={"sig": token}).status_code == 405


def test_no_cookie_is_set_and_no_shared_cache_stores_a_wall(client: FlaskClient, token: str) -> None:
    page = client.get(f"/kiosk/lobby?sig={token}", follow_redirects=True)
    answers = [page, client.get(f"{DATA}&sig={token}"), client.get("/kiosk/lobby?sig=x")]
    assert [answer.headers.getlist("Set-Cookie") for answer in answers] == [[], [], []]
    assert not any("public" in answer.headers["Cache-Control"] for answer in answers)


def test_the_page_names_nothing_that_a_token_does_not_show(client: FlaskClient, token: str) -> None:
    html = client.get(f"/kiosk/lobby?sig={token}", follow_redirects=True).get_data(as_text=True)
    listed = re.search('id="boards">(.*?)</script>', html)
    assert listed
    assert set(json.loads(listed[1])) == {"overview", "endpoint"}
    assert "og:image" not in html
    addresses = re.findall(r'<(?:link|script)[^>]* (?:href|src)="(/[^"]+)"', html)
    assert addresses
    assert all(address.startswith(("/static/", "/kiosk/lobby/")) for address in addresses)


def test_a_revoked_token_says_so_politely_and_asks_again(client: FlaskClient, folder: Path, store: LinkStore) -> None:
    signature, link_id = _created(folder)
    assert statuses(client, signature) == [200, 200]
    assert store.revoke(link_id, 2.0)

    assert statuses(client, signature) == [410, 410]
    html = client.get(f"/kiosk/lobby?sig={signature}&theme=dark").get_data(as_text=True)
    assert "<h1>The token of this display has been revoked.</h1>" in html
    assert "links create kiosk/PLAYLIST" in html
    assert 'http-equiv="refresh"' in html
    assert "<script" not in html


def test_whether_a_wall_may_be_shown_is_answered_without_drawing_it(client: FlaskClient, token: str) -> None:
    address = client.get(f"/kiosk/lobby?sig={token}").headers["Location"]
    assert client.head(address).status_code == 200
    assert client.head("/kiosk/lobby").status_code == 403


def _created(folder: Path) -> tuple[str, str]:
    """A token as the command line makes one, and its id."""
    environ = {"LINK_KEY_FILE": "key", "LINKS_FILE": "l.db", "WALLS_FILE": "walls.toml"}
    with pytest.MonkeyPatch.context() as patch:
        for name, file in environ.items():
            patch.setenv(f"CODEAGENT_{name}", str(folder / file))
        assert main(["links", "create", "kiosk/lobby", "--base", "https://d.example"]) == 0
    store = LinkStore(f"sqlite:///{folder}/l.db")
    link = store.all()[0]
    assert (link.path, link.expires) == ("/kiosk/lobby", 0.0)
    return _signature(folder, link.id), link.id


def _signature(folder: Path, link_id: str) -> str:
    return LinkSigner(folder / "key").sign(LinkScope("wall", "kiosk/lobby", id=link_id))
