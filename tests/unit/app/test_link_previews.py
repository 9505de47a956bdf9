"""What chats show of a link: title, description, and a picture that is signed where pictures need a signature."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.factory import create_app
from app.settings import Settings
from app.signed_links import LinkScope, LinkSigner
from pages import BOARDS

BASE = "https://d.example"


def client_of(**more: object) -> Iterator[FlaskClient]:
    app = create_app(Settings(prometheus_url="http://127.0.0.1:9", deadline_seconds=1.0, **more))
    yield app.server.test_client()
    app.engine.close()


@pytest.fixture(scope="module")
def plain() -> Iterator[FlaskClient]:
    yield from client_of(public_url=BASE)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("previews") / "key"
    path.write_text("a key of more than sixteen characters")
    return path


@pytest.fixture(scope="module")
def signing(key: Path) -> Iterator[FlaskClient]:
    yield from client_of(public_url=BASE, link_key_file=key)


def tags(client: FlaskClient, address: str) -> dict[str, str]:
    html = client.get(address).get_data(as_text=True)
    return {name: unescape(text) for name, text in re.findall(r'<meta property="(og:[\w:]+)" content="([^"]*)">', html)}


def picture(client: FlaskClient, address: str) -> str:
    """The path and query of the picture of a page."""
    image = tags(client, address)["og:image"]
    assert image.startswith(f"{BASE}/render/")
    return image.removeprefix(BASE)


def test_a_board_has_its_title_its_question_and_its_first_chart(plain: FlaskClient) -> None:
    written = tags(plain, "/overview?from=now-6h&environment=prod")
    assert written["og:title"] == "System Overview"
    assert written["og:description"] == BOARDS["overview"].question
    path = picture(plain, "/overview?from=now-6h&environment=prod")
    assert path.startswith("/render/overview/requests-by-class.png?from=now-6h&to=now&")
    assert path.endswith("&environment=prod")
    assert plain.get(path).mimetype == "image/png"


@pytest.mark.parametrize("address", ["/overview?panel=latency", "/embed/overview/latency"])
def test_a_panel_has_its_own_title_and_picture(plain: FlaskClient, address: str) -> None:
    written = tags(plain, address)
    assert written["og:title"] == "Response time · System Overview"
    assert written["og:description"] == BOARDS["overview"].panel("latency").description
    assert "/render/overview/latency.png?" in written["og:image"]


@pytest.mark.parametrize(
    "address", ["/overview?panel=nothing", "/overview?from=yesterday", '/overview?panel="><script>']
)
def test_an_address_that_means_nothing_does_no_harm(plain: FlaskClient, address: str) -> None:
    assert tags(plain, address)["og:title"] == "System Overview"
    assert "<script>" not in plain.get(address).get_data(as_text=True).partition("</head>")[0]


def test_without_a_public_address_there_is_no_picture() -> None:
    for client in client_of():
        assert "og:image" not in tags(client, "/overview")
        assert tags(client, "/overview")["og:title"] == "System Overview"


def test_with_a_key_the_picture_is_signed_for_its_filters_and_the_document_is_the_same_all_day(
    signing: FlaskClient,
) -> None:
    address = "/overview?from=now-2d&environment=prod"
    path = picture(signing, address)
    assert signing.get(path).status_code == 200
    assert signing.get(path.replace("prod", "dev")).status_code == 403
    assert signing.get(path.replace("now-2d", "now-3d")).status_code == 403
    assert picture(signing, address) == path


def test_the_picture_of_a_signed_page_ends_with_its_link(signing: FlaskClient, key: Path) -> None:
    signer, expires = LinkSigner(key), time.time() + 600
    scope = LinkScope("embed", "overview", "", {"environment": ["prod"]}, 3_600, expires, "shared")
    path = picture(signing, signer.address("/embed/overview", scope, {"from": "now-1h"}))
    of_picture = signer.scope(path.partition("sig=")[2])

    assert (of_picture.kind, of_picture.panel, of_picture.id) == ("render", "requests-by-class", "shared")
    assert of_picture.expires == round(expires)
    assert signing.get(path).status_code == 200
    assert signing.get(path.replace("requests-by-class", "latency")).status_code == 403


def test_a_refused_page_has_no_picture(signing: FlaskClient) -> None:
    assert tags(signing, "/embed/overview") == {}
