"""ExportLimiter take turns, and nobody who does not read keeps others from theirs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from app import logs_api
from app.export_limiter import ExportLimiter, client_of
from pages.logs import export as log_export
from queries.core.errors import Busy
from queries.logs.types import LogLine, LogPage
from queries.search.results import Count
from tests.unit.pages import logs_kit as kit

ADDRESS = f"/api/logs/export.csv?from={kit.START}&to={kit.START + 600}"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    kit.write(tmp_path, [kit.line(second / 10, "Line {N}", N=second) for second in range(2_000)])
    stores = kit.stores(tmp_path)
    server = Flask("test")
    server.register_blueprint(logs_api.blueprint(stores, lambda: kit.NOW))
    yield server.test_client()
    stores.session().need_logs().close()


def test_many_half_read_exports_do_not_stop_another(client: FlaskClient) -> None:
    def peer(number: int) -> dict[str, str]:
        return {"X-Forwarded-For": f"10.0.0.{number}"}

    begun = [client.get(ADDRESS, headers=peer(number)) for number in range(6)]
    for answer in begun:
        next(answer.iter_encoded())
    whole = client.get(ADDRESS, headers=peer(99))

    assert whole.get_data(as_text=True).count("\r\n") >= 2_000
    for answer in begun:
        answer.close()


def test_one_client_has_a_few_exports_open_and_others_still_have_theirs() -> None:
    exports = ExportLimiter(most=5, per_client=2)
    for _ in range(2):
        exports.open("a")
    with pytest.raises(Busy, match="2 open exports"):
        exports.open("a")
    for name in "bcd":
        exports.open(name)
    with pytest.raises(Busy, match="5 exports are already open"):
        exports.open("e")
    exports.close("a")
    exports.open("e")


def test_a_turn_that_does_not_come_is_no_answer_and_a_failing_one_is_given_back() -> None:
    exports, gate = ExportLimiter(at_once=1), threading.Event()
    holder = threading.Thread(target=lambda: exports.run(gate.wait, 5))
    holder.start()
    while exports.run(lambda: 1, 0) == 1:
        pass
    gate.set()
    holder.join()
    with pytest.raises(ValueError, match="x"):
        exports.run(lambda: int("x"), 5)
    assert exports.run(lambda: 2, 0) == 2


def test_an_export_waits_with_empty_pieces_and_loses_nothing() -> None:
    lines = [LogLine(str(n), kit.START * 10**9 + n, "Error", f"line {n}") for n in range(3)]
    answers = iter(
        [
            LogPage((lines[0],), Count(3), "1"),
            None,
            None,
            LogPage((lines[1],), Count(3), "2"),
            None,
            LogPage((lines[2],), Count(3)),
        ]
    )
    pieces = list(log_export.export_lines("ndjson", lambda _: next(answers), ()))

    assert pieces.count("") == 3
    assert [f"line {n}" in "".join(pieces) for n in range(3)] == [True] * 3


def test_a_client_is_known_by_what_the_nearest_proxy_says() -> None:
    server = Flask("test")
    for headers, expected in (({}, "10.1.1.1"), ({"X-Forwarded-For": "evil, 192.0.2.7"}, "192.0.2.7")):
        with server.test_request_context(headers=headers, environ_base={"REMOTE_ADDR": "10.1.1.1"}):
            assert client_of(request) == expected
