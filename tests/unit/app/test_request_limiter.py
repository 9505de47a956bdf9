"""Requests that wait for logs and traces leave threads for others."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Blueprint, Flask, Response

from app.request_limiter import RequestLimiter
from tests.servers import wait_until


class Waiting:
    """An address that answers when it is told to, and a document beside it."""

    def __init__(self) -> None:
        self.gate, self.inside = threading.Event(), 0
        server, routes = Flask("test"), Blueprint("slow", __name__)

        @routes.get("/api/slow")
        def slow() -> Response:
            self.inside += 1
            self.gate.wait(10)
            return Response("done")

        @routes.get("/page")
        def page() -> Response:
            return Response("page")

        server.register_blueprint(RequestLimiter(most=2, timeout=0.05).limit(routes))
        self.client = server.test_client()
        self.get = lambda path="/api/slow": server.test_client().get(path)


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    address = Waiting()
    yield address
    address.gate.set()


def test_one_too_many_is_told_so_and_the_others_are_answered(waiting: Waiting) -> None:
    threads = [threading.Thread(target=waiting.get) for _ in range(2)]
    for thread in threads:
        thread.start()
    wait_until(lambda: waiting.inside == 2)

    answer = waiting.get()
    assert answer.status_code == 200
    assert "Too many requests" in answer.get_json()["error"]["sentence"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert waiting.get("/page").text == "page"

    waiting.gate.set()
    for thread in threads:
        thread.join(10)
    assert [waiting.get().text for _ in range(5)] == ["done"] * 5
