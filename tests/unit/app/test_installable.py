"""The manifest and the service worker: at the root, valid, and gone where nothing may be stored."""

from __future__ import annotations

import struct

import pytest
from flask.testing import FlaskClient

from app.factory import create_app
from app.settings import Settings


def client(*, store_pages: bool = True) -> FlaskClient:
    settings = Settings(prometheus_url="http://127.0.0.1:9", deadline_seconds=1.0, store_pages=store_pages)
    return create_app(settings).server.test_client()


def test_the_manifest_has_what_browsers_ask_before_they_install() -> None:
    answer = client().get("/manifest.webmanifest")

    assert answer.mimetype == "application/manifest+json"
    manifest = answer.get_json()
    assert manifest["display"] == "standalone"
    assert manifest["start_url"] == "/overview"
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    assert any(icon.get("purpose") == "maskable" for icon in manifest["icons"])


def test_every_icon_is_there_in_the_size_that_is_stated() -> None:
    site = client()
    icons = site.get("/manifest.webmanifest").get_json()["icons"]

    for icon in icons:
        answer = site.get(icon["src"])
        assert (answer.status_code, answer.mimetype) == (200, icon["type"])
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", answer.data[16:24])
            assert icon["sizes"] == f"{width}x{height}"


def test_shortcuts_lead_to_pages() -> None:
    site = client()

    for shortcut in site.get("/manifest.webmanifest").get_json()["shortcuts"]:
        assert site.get(shortcut["url"]).status_code == 200, shortcut


@pytest.mark.parametrize("path", ["/overview", "/logs", "/about"])
def test_every_kind_of_page_is_part_of_the_app(path: str) -> None:
    assert '<link rel="manifest" href="/manifest.webmanifest"' in client().get(path).text


def test_frames_are_not_part_of_the_app() -> None:
    assert "manifest" not in client().get("/embed/overview").text


def test_the_worker_is_asked_for_again_with_each_visit() -> None:
    answer = client().get("/service-worker.js")

    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "fetch" in answer.text


def test_where_no_page_may_be_stored_the_worker_removes_itself_and_the_copies() -> None:
    text = client(store_pages=False).get("/service-worker.js").text

    assert "unregister" in text
    assert "caches.delete" in text
    assert '"fetch"' not in text
