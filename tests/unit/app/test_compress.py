"""Scripts of Dash are compressed once, whatever stands behind them in the address."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import brotli
import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from app.bytes_cache import BytesCache
from app.compress import compress
from app.factory import create_app
from app.settings import Settings

SCRIPT = "/_dash-component-suites/dash/dcc/async-graph.js"
BROTLI = {"Accept-Encoding": "br"}


@pytest.fixture(scope="module")
def client() -> Iterator[FlaskClient]:
    app = create_app(Settings(prometheus_url="http://127.0.0.1:9"))
    yield app.server.test_client()
    app.engine.close()


def test_a_query_does_not_make_another_copy() -> None:
    cache = BytesCache()
    server = Flask("test")
    server.add_url_rule(SCRIPT, "script", lambda: Response("x" * 5_000, mimetype="application/javascript"))
    compress(server, cache)
    client = server.test_client()
    first = client.get(SCRIPT, headers=BROTLI).get_data()
    for number in range(100):
        assert client.get(f"{SCRIPT}?{number}", headers=BROTLI).get_data() == first

    assert cache.size == len(first)


def test_each_form_of_a_script_has_its_own_tag_and_is_revalidated(client: FlaskClient) -> None:
    plain, small = client.get(SCRIPT), client.get(SCRIPT, headers=BROTLI)
    assert brotli.decompress(small.get_data()) == plain.get_data()
    assert plain.headers["ETag"] != small.headers["ETag"]
    assert "Accept-Encoding" in plain.headers["Vary"]

    again = client.get(SCRIPT, headers={**BROTLI, "If-None-Match": small.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")


@pytest.mark.parametrize("accepted", ["br;q=0", "x-br", "gzip", "identity"])
def test_who_does_not_take_brotli_gets_none(client: FlaskClient, accepted: str) -> None:
    assert "Content-Encoding" not in client.get("/overview", headers={"Accept-Encoding": accepted}).headers


def test_makers_of_different_keys_do_not_wait_for_each_other_and_of_one_key_make_it_once() -> None:
    cache, gate, calls = BytesCache(), threading.Event(), []

    def slow() -> bytes:
        calls.append(1)
        assert gate.wait(10)
        return b"slow"

    waiting = [threading.Thread(target=cache.get, args=("slow", slow)) for _ in range(4)]
    for thread in waiting:
        thread.start()
    assert cache.get("quick", lambda: b"quick") == b"quick"
    gate.set()
    for thread in waiting:
        thread.join()
    assert calls == [1]


def test_what_is_kept_is_bounded_and_failures_are_not_kept() -> None:
    cache = BytesCache(most_bytes=100)
    for number in range(50):
        assert cache.get(number, lambda: bytes(30)) == bytes(30)
        assert cache.size <= 100
    with pytest.raises(ValueError, match="once"):
        cache.get("x", lambda: (_ for _ in ()).throw(ValueError("once")))
    assert cache.get("x", lambda: b"later") == b"later"
