"""A signed link shows what it was made for, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from app.alert_pictures import panel_picture_url
from app.factory import App, create_app
from app.link_store import LinkStore, StoredLink
from app.serving.microcache import Microcache
from app.settings import Settings
from app.signed_links import LinkScope, LinkSigner

PICTURE = "/render/overview/error-rate.svg"
SCOPE = LinkScope("render", "overview", "error-rate", {"environment": ["prod"]}, 3_600, time.time() + 600, "first")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("links")
    (path / "key").write_text("a key of more than sixteen characters")
    return path


@pytest.fixture(scope="module")
def signer(folder: Path) -> LinkSigner:
    return LinkSigner(folder / "key", LinkStore(f"sqlite:///{folder}/links.db").is_revoked)


@pytest.fixture(scope="module")
def app(folder: Path) -> Iterator[App]:
    settings = Settings(
        prometheus_url="http://127.0.0.1:9",
        deadline_seconds=1.0,
        link_key_file=folder / "key",
        links_file=folder / "links.db",
        user_header="X-User",
    )
    instance = create_app(settings)
    yield instance
    instance.engine.close()


@pytest.fixture
def client(app: App) -> FlaskClient:
    return app.server.test_client()


def status(client: FlaskClient, signer: LinkSigner, scope: LinkScope, path: str = PICTURE, **parameters: str) -> int:
    """The status of an address signed for `scope`."""
    return client.get(signer.address(path, scope, parameters)).status_code


def test_without_a_signature_only_who_is_signed_in_sees_a_picture(client: FlaskClient) -> None:
    assert client.get(PICTURE).status_code == 403
    assert client.get(PICTURE, headers={"X-User": "ann"}).status_code == 200


def test_what_only_some_may_see_is_not_kept_by_shared_caches(client: FlaskClient, signer: LinkSigner) -> None:
    answers = [client.get(PICTURE, headers={"X-User": "ann"}), client.get(signer.address(PICTURE, SCOPE, {}))]
    assert all("public" not in answer.headers["Cache-Control"] for answer in answers)
    assert not any(
        Microcache().room_for(b"GET / HTTP/1.1\r\n", "200 OK", list(answer.headers.items())) for answer in answers
    )


def test_a_signed_address_works_without_sign_in(client: FlaskClient, signer: LinkSigner) -> None:
    assert status(client, signer, SCOPE) == 200


def test_an_altered_signature_is_refused(client: FlaskClient, signer: LinkSigner) -> None:
    signature = signer.sign(SCOPE)
    for altered in (signature[:-1] + "!", "x" + signature, signature.rpartition(".")[0], "🐍"):
        answer = client.get(PICTURE, query_string={"environment": "prod", "sig": altered})
        assert answer.status_code == 403
        assert "The signature of this link is not valid." in answer.get_json()["error"]["sentence"]


def test_a_signature_of_another_key_is_refused(client: FlaskClient, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("another key of enough characters")
    assert status(client, LinkSigner(tmp_path / "key"), SCOPE) == 403


@pytest.mark.parametrize("path", ["/render/providers/errors.svg", "/render/overview/latency.svg"])
def test_a_link_for_one_panel_is_refused_for_another(client: FlaskClient, signer: LinkSigner, path: str) -> None:
    assert status(client, signer, SCOPE, path) == 403


def test_an_embed_link_is_refused_for_a_picture(client: FlaskClient, signer: LinkSigner) -> None:
    assert status(client, signer, LinkScope("embed", "overview", "error-rate")) == 403


def test_filters_beyond_the_list_are_refused_and_listed_ones_cannot_be_left_out(
    client: FlaskClient, signer: LinkSigner
) -> None:
    signature = signer.sign(SCOPE)
    for query in ("", "environment=dev", "environment=prod&environment=dev", "environment=prod&job=x"):
        assert client.get(f"{PICTURE}?{query}&sig={signature}").status_code == 403, query


def test_a_longer_range_than_allowed_is_refused(client: FlaskClient, signer: LinkSigner) -> None:
    assert status(client, signer, SCOPE, **{"from": "now-1h"}) == 200
    assert status(client, signer, SCOPE, **{"from": "now-6h"}) == 403


def test_an_expired_and_a_revoked_link_are_refused_with_the_reason(
    client: FlaskClient, signer: LinkSigner, folder: Path
) -> None:
    expired = LinkScope("render", "overview", "error-rate", expires=time.time() - 1)
    answer = client.get(signer.address(PICTURE, expired, {}))
    assert "expired" in answer.get_json()["error"]["sentence"]
    store = LinkStore(f"sqlite:///{folder}/links.db")
    store.add(StoredLink("gone", PICTURE, 1.0, 0.0, "ann"))
    gone = LinkScope("render", "overview", "error-rate", id="gone")
    address = signer.address(PICTURE, gone, {})
    assert client.get(address).status_code == 200
    assert store.revoke("gone", 2.0)
    assert not store.revoke("never", 2.0)
    assert "revoked" in client.get(address).get_json()["error"]["sentence"]
    assert [link.revoked for link in store.all()] == [2.0]


def test_the_picture_of_an_alert_is_its_runbook_s_panel_with_its_labels(
    client: FlaskClient, signer: LinkSigner
) -> None:
    annotations = {"runbook": "/runbooks/provider-down"}
    plain = urlsplit(panel_picture_url("https://d.example", {"provider": "x y"}, annotations, None, time.time()))
    signed = panel_picture_url("", {"provider": "x y"}, annotations, signer, time.time())

    assert plain.path.startswith("/render/providers/")
    query = parse_qs(plain.query)
    assert query["provider"] == ["x y"]
    assert int(query["to"][0]) - int(query["from"][0]) == 3 * 3_600
    assert client.get(signed.replace(".png", ".svg")).status_code == 200
    assert client.get(signed.replace("x+y", "z")).status_code == 403
    assert panel_picture_url("", {}, {"runbook": "https://wiki.example/x"}, signer, 0.0) == ""
    assert panel_picture_url("", {}, {"runbook": "/runbooks/nothing"}, signer, 0.0) == ""


def test_a_runbook_s_address_is_the_picture_of_its_first_panel(client: FlaskClient) -> None:
    header = {"X-User": "ann"}
    assert client.get("/render/runbooks/provider-down.svg?provider=x", headers=header).status_code == 200
    assert client.get("/render/runbooks/nothing.svg", headers=header).status_code == 404


def test_one_signature_shows_the_pictures_of_all_runbooks_and_nothing_else(
    client: FlaskClient, signer: LinkSigner
) -> None:
    signature = signer.sign(LinkScope("render", "runbooks", "", {"provider": ()}, 86_400, 0.0, "templates"))
    assert client.get(f"/render/runbooks/provider-down.svg?provider=x&sig={signature}").status_code == 200
    assert client.get(f"/render/runbooks/provider-down.svg?from=now-3h&sig={signature}").status_code == 200
    assert client.get(f"/render/runbooks/provider-down.svg?from=now-7d&sig={signature}").status_code == 403
    for path in (PICTURE, "/render/overview.pdf", "/embed/overview"):
        assert client.get(f"{path}?sig={signature}").status_code == 403, path


def test_a_short_key_signs_nothing(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("short")
    with pytest.raises(Exception, match="too short"):
        LinkSigner(tmp_path / "key").sign(SCOPE)
