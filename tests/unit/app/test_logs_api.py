"""The data addresses of the log page over real files: tail, export, completion, one line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import complete_api, logs_api
from pages.logs import export as log_export
from pages.session import Stores
from queries.core.deadline import Deadline
from queries.core.errors import Busy, LimitExceeded, QueryError, SourceUnavailable
from queries.logs.types import LogLine, LogPage, Paging
from queries.search.results import Count, Quality
from queries.stores.cached_logs import CachedLogStore
from queries.stores.duckdb import ingest
from queries.stores.log_store import LogStore
from queries.stores.query_cache import Uncached
from tests.unit.pages import logs_kit as kit

TEN = Paging(10)
RANGE = f"from={kit.START}&to={kit.START + 600}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    kit.write(tmp_path)
    return tmp_path


@pytest.fixture
def stores(folder: Path) -> Iterator[Stores]:
    session = kit.stores(folder)
    yield session
    session.session().need_logs().close()


@pytest.fixture
def client(stores: Stores) -> FlaskClient:
    server = Flask("test")
    server.register_blueprint(logs_api.blueprint(stores, lambda: kit.NOW))
    server.register_blueprint(complete_api.blueprint(stores, lambda: kit.NOW))
    return server.test_client()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_tail_begins_with_the_newest_lines_and_goes_on_with_new_ones(
    client: FlaskClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "LOOK_EVERY", 0.0)
    first = client.get(f"/api/logs/tail?{RANGE}").get_json()
    assert first["count"] == 135
    assert client.get(f"/api/logs/tail?{RANGE}&at={first['cursor']}").get_json()["count"] == 0
    with (folder / kit.FILE).open("a") as file:
        file.write(json.dumps(kit.line(690, "Fresh <b>line</b>", "Fatal")) + "\n")
    later = client.get(f"/api/logs/tail?{RANGE}&level=Fatal&at={first['cursor']}").get_json()
    assert later["count"] == 1
    assert "Fresh &lt;b&gt;line" in later["html"]


def test_the_tail_keeps_the_filters_and_columns_of_the_page(client: FlaskClient) -> None:
    batch = client.get(f"/api/logs/tail?{RANGE}&level=Error&cols=Endpoint").get_json()
    assert batch["count"] == 10
    assert 'data-name="Endpoint"' in batch["html"]


def test_completion_offers_fields_and_values(client: FlaskClient) -> None:
    fields = client.get(f"/api/logs/complete?{RANGE}&q=End").get_json()
    values = client.get(f"/api/logs/complete?{RANGE}&q=level:&at=6").get_json()
    assert fields["items"][0]["text"] == "Endpoint:"
    assert [item["label"] for item in values["items"]] == ["Information", "Error", "Warning", "Debug"]
    assert values["start"] == 6
    assert "CODEAGENT_TRACES_DIR" in client.get("/api/traces/complete?q=a").get_json()["error"]["hint"]


def test_an_export_has_every_line_and_no_formulas(client: FlaskClient) -> None:
    answer = client.get(f"/api/logs/export.csv?{RANGE}&cols=Cell,Endpoint")
    records = rows(answer.text)
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    *records, note = records
    assert len(records) == 135
    assert note["time"] == "Lines with values that were too long and are cut: 1."
    assert {row["Cell"] for row in records} == {"", "'=1+1"}
    assert {row["Endpoint"] for row in records} >= {"/v1/chat", "/v1/files"}


def test_an_export_as_json_lines_can_be_read_line_by_line(client: FlaskClient) -> None:
    answer = client.get(f"/api/logs/export.ndjson?{RANGE}&level=Error")
    records = [json.loads(text) for text in answer.text.splitlines()]
    assert len(records) == 10
    assert records[0]["fields"]["Endpoint"] == "/v1/chat"
    assert records[0]["failure"]["kind"] == "ValueError"


def test_an_export_follows_the_order_of_the_page(client: FlaskClient) -> None:
    times = [row["time"] for row in rows(client.get(f"/api/logs/export.csv?{RANGE}&sort=oldest").text)]
    assert times == sorted(times)


def test_a_long_export_is_cut_and_says_so_in_its_last_line(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_export, "MOST", 50)
    monkeypatch.setattr(log_export, "PAGE", 20)
    as_csv = client.get(f"/api/logs/export.csv?{RANGE}").text.splitlines()
    as_json = client.get(f"/api/logs/export.ndjson?{RANGE}").text.splitlines()
    assert len(as_json) == 52  # what was cut, and where it ends
    assert "50 of 135 lines" in as_csv[-1]
    assert "50 of 135 lines" in json.loads(as_json[-1])["export"]


def test_an_export_that_breaks_off_says_so_in_its_last_line(stores: Stores) -> None:
    assert stores.logs
    first = stores.logs.search(kit.query(), TEN, Deadline.after(30))

    def ask(cursor: str) -> LogPage:
        if cursor:
            raise SourceUnavailable("logs", "The logs did not answer in time.")
        return first

    assert "did not answer" in list(log_export.export_lines("csv", ask, ()))[-1]


def test_an_export_of_a_store_that_knows_only_a_part_says_so(stores: Stores) -> None:
    assert stores.logs
    quality = Quality(partial=True, notes=("Some shards did not answer.",))
    page = replace(stores.logs.search(kit.query(), TEN, Deadline.after(30)), next="", quality=quality)

    assert "Some shards" in list(log_export.export_lines("csv", lambda _: page, ()))[-1]


def test_places_for_exports_are_given_back(client: FlaskClient) -> None:
    for _ in range(4):
        assert client.get(f"/api/logs/export.csv?{RANGE}", buffered=True).status_code == 200
        assert client.get(f"/api/logs/export.csv?{RANGE}&q=(").status_code == 400


def test_what_cannot_be_understood_is_refused_with_a_sentence(client: FlaskClient) -> None:
    assert client.get("/api/logs/export.exe").status_code == 404
    assert client.get("/api/logs/line?id=nothing").get_json()["error"]["sentence"]
    assert client.get("/api/logs/line").status_code == 400
    assert client.get(f"/api/logs/tail?{RANGE}&q=level:").get_json()["error"]["position"] == 6
    assert client.get(f"/api/logs/tail?{RANGE}&at=garbage").status_code == 400


def test_odd_values_are_written_all_the_same() -> None:
    odd = LogLine("1", kit.START * 10**9, "Error", "text", fields={"N": 2**70, "Deep": {"a": [1, None]}})
    text = "".join(log_export.export_lines("ndjson", lambda _: LogPage((odd,), Count(1)), ()))
    assert json.loads(text)["message"] == "text"


TROUBLE = [SourceUnavailable("logs", "Away."), Busy("logs", "Overloaded."), LimitExceeded("Too large.")]


class Away:
    """A store that answers nothing."""

    name = "logs"

    def __init__(self, error: QueryError) -> None:
        self.error = error

    def __getattr__(self, method: str) -> Any:
        def ask(*question: Any) -> None:
            raise self.error

        return ask


def away(error: QueryError) -> FlaskClient:
    store = cast(LogStore, Away(error))
    stores = Stores(Uncached(), CachedLogStore(store, Uncached()))
    server = Flask("test")
    server.register_blueprint(logs_api.blueprint(stores, lambda: kit.NOW))
    server.register_blueprint(complete_api.blueprint(stores, lambda: kit.NOW))
    return server.test_client()


@pytest.mark.parametrize("error", TROUBLE)
@pytest.mark.parametrize("path", ["line?id=x", "tail?at=", "complete?q=a"])
def test_a_store_without_an_answer_is_no_fault_of_the_server_and_kept_by_nobody(path: str, error: QueryError) -> None:
    answer = away(error).get(f"/api/logs/{path}")
    assert answer.status_code == 200
    assert answer.get_json()["error"]["sentence"] == error.sentence
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("error", TROUBLE)
@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_an_export_without_an_answer_is_a_file_that_says_so(kind: str, error: QueryError) -> None:
    answer = away(error).get(f"/api/logs/export.{kind}?{RANGE}")
    assert answer.status_code == 200
    assert f"The export ends here: {error.sentence}" in answer.text.splitlines()[-1]


def test_too_many_exports_ask_for_patience(client: FlaskClient) -> None:
    url = f"/api/logs/export.csv?{RANGE}"
    many = [client.get(url) for _ in range(9)]
    assert [answer.status_code for answer in many] == [200] * 8 + [429]
    for answer in many:
        answer.close()
