"""The same search has the same, right answer in files and in Elasticsearch."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from queries.core.deadline import Deadline
from queries.logs.types import LogQuery, Paging
from queries.search.results import Filter, Range
from queries.stores.duckdb.logs import FileLogSettings, FileLogStore
from queries.stores.elastic.client import ElasticSettings
from queries.stores.elastic.logs import ElasticLogStore
from queries.stores.log_store import LogStore
from tests.integration.stores.elastic_documents import mapping, stamp
from tests.integration.stores.elastic_node import put_documents, put_index, shared_node

pytestmark = pytest.mark.integration

BEGIN: Final = 1_767_225_600
RANGE: Final = Range.of_seconds(BEGIN, BEGIN + 600)
_NUMBERS: Final = itertools.count(1)
_STACK: Final = "System.Net.Http.HttpRequestException: refused\n   at Ask()"

# Message, own fields, exception's class, text and stack.
LINES: Final[dict[str, tuple[str, dict[str, Any], tuple[str, str, str] | None]]] = {
    "plain": ("Call took long", {"Provider": "openai", "Tags": ["red", "Blue sky"], "Note": "a retry helped"}, None),
    "failed": ("Request failed", {"Status": 503}, ("System.Net.Http.HttpRequestException", "refused", _STACK)),
    "coloured": ("\x1b[1;31mBroken\x1b[0m pipe", {"Status": 200}, None),
    "address": ("Sent to http://host:80/path?x=1 twice", {"Url": "https://a.b/c"}, None),
    "folded": ("GRÖßE geändert", {"City": "ZÜRICH", "Word": "Łódź"}, None),
    "large": ("Large", {"Big": 9_007_199_254_740_993, "Status": 404}, None),
    "larger": ("Larger", {"Big": 9_007_199_254_740_995}, None),
    "deep": ("Deep", {"Order": {"Id": "o-7", "Item": {"Name": "lamp"}}, "Lines": [{"Sku": "x1"}, {"Sku": "x2"}]}, None),
    "scores": ("Scores", {"Scores": [1, 5, 9]}, None),
    "clock": ("Began 12:30 sharp", {"Empty": "", "None": None}, None),
    "long": ("Long", {"Text": "start " + "x" * 2_000 + " needle"}, None),
}


def timestamp(n: int) -> str:
    return stamp((BEGIN + n) * 10**9)


def clef(n: int, name: str) -> dict[str, Any]:
    message, fields, failure = LINES[name]
    stack = {"@x": failure[2]} if failure else {}
    return {"@t": timestamp(n), "@m": message, "Name": name, **stack, **fields}


def serilog(n: int, name: str) -> dict[str, Any]:
    message, fields, failure = LINES[name]
    results: dict[str, Any] = {
        "@timestamp": timestamp(n),
        "level": "Information",
        "message": message,
        "messageTemplate": "x",
    }
    if failure:
        kind, text, stack = failure
        results["exceptions"] = [{"Depth": 0, "ClassName": kind, "Message": text, "StackTraceString": stack}]
    return {**results, "fields": {"Name": name, **fields}}


def ecs(n: int, name: str) -> dict[str, Any]:
    message, fields, failure = LINES[name]
    results: dict[str, Any] = {
        "@timestamp": timestamp(n),
        "log.level": "info",
        "message": message,
        "ecs.version": "8.11.0",
    }
    if failure:
        results["error"] = dict(zip(("type", "message", "stack_trace"), failure, strict=True))
    return {**results, "labels": {"Name": name, **fields}}


@pytest.fixture(scope="module", params=["files", "serilog", "ecs"])
def store(request: pytest.FixtureRequest) -> Iterator[LogStore]:
    if request.param == "files":
        with tempfile.TemporaryDirectory() as folder:
            lines = [orjson.dumps(clef(n, name)) + b"\n" for n, name in enumerate(LINES)]
            (Path(folder) / "codeagent-1.json").write_bytes(b"".join(lines))
            files = FileLogStore(FileLogSettings(Path(folder), memory_mb=64))
            yield files
            files.close()
        return
    url, index = shared_node().url, f"search-{request.param}-{next(_NUMBERS)}"
    put_index(url, index, mapping(request.param))
    write = serilog if request.param == "serilog" else ecs
    put_documents(url, [(index, write(n, name)) for n, name in enumerate(LINES)])
    elastic = ElasticLogStore(ElasticSettings(url=url, log_index=index))
    yield elastic
    elastic.close()


def names(store: LogStore, text: str, *filters: Filter) -> set[str]:
    page = store.search(LogQuery(RANGE, text, (), filters), Paging(), Deadline.after(20))
    return {line.fields["Name"] for line in page.lines}


SEARCHES: Final[Mapping[str, set[str]]] = {
    # words anywhere: other fields, exceptions, lists, objects, numbers
    "retry": {"plain"},
    "OPENAI": {"plain"},
    '"blue sky"': {"plain"},
    "refused": {"failed"},
    "Ask": {"failed"},
    "HttpRequestException": {"failed"},
    "503": {"failed"},
    "lamp": {"deep"},
    "x2": {"deep"},
    "9": {"scores"},
    "NOT (Name:* retry)": set(LINES) - {"plain"},
    # colours hide no word
    "broken": {"coloured"},
    "pipe": {"coloured"},
    "brok*": {"coloured"},
    # addresses and times are text
    "http://host:80/path": {"address"},
    "https://a.b/c": {"address"},
    "Url:https://a.b/c": {"address"},
    "12:30": {"clock"},
    # asterisks anywhere
    "*Exception": {"failed"},
    "*equest*": {"failed"},
    "Br*n": {"coloured"},
    "Provider:*ai": {"plain"},
    "Provider:o*i": {"plain"},
    "Provider:*pen*": {"plain"},
    "message:*oken": {"coloured"},
    "City:*rich": {"folded"},
    # lists and objects
    "Tags:red": {"plain"},
    "Tags:blue*": {"plain"},
    'Tags:"Blue sky"': {"plain"},
    "Tags:*sky": {"plain"},
    "Scores:5": {"scores"},
    "Scores:>8": {"scores"},
    "Scores:>9": set(),
    "Order:*": {"deep"},
    "Lines:*": {"deep"},
    "Order.Id:o-7": {"deep"},
    "Order.Item.Name:lamp": {"deep"},
    "Order.Item:*": {"deep"},
    "Lines.Sku:x2": {"deep"},
    "Empty:*": set(),
    "None:*": set(),
    "Text:*": {"long"},
    # numbers that a double cannot hold
    "Big:9007199254740993": {"large"},
    "Big:>9007199254740993": {"larger"},
    "Big:<=9007199254740993": {"large"},
    "9007199254740995": {"larger"},
    # case beyond ASCII
    "größe": {"folded"},
    "City:zürich": {"folded"},
    "City:zür*": {"folded"},
    "łódź": {"folded"},
    "Word:łÓDŹ": {"folded"},
    'City:"zürich"': set(),
    # classes of exceptions, with their namespace and without
    "exception.type:HttpRequestException": {"failed"},
    "exception.type:httprequest*": {"failed"},
    "exception.type:System.Net.Http.HttpRequestException": {"failed"},
    "exception.type:Net*": {"failed"},
    "exception.type:RequestException": set(),
    "exception.type:*Exception": {"failed"},
    "Status:>=500": {"failed"},
    "Status:2*": {"coloured"},
    "Nope:*x": set(),
}


@pytest.mark.parametrize("text", SEARCHES)
def test_a_search_has_its_right_answer(store: LogStore, text: str) -> None:
    assert names(store, text) == SEARCHES[text]


def test_a_value_of_a_list_is_counted_and_filters(store: LogStore) -> None:
    (facet,) = store.facets(LogQuery(RANGE), ["Tags"], 5, Deadline.after(20)).facets

    assert {(value.value, value.count) for value in facet.values} == {("red", 1), ("Blue sky", 1)}
    assert names(store, "", Filter("Tags", ("Blue sky",))) == {"plain"}


def test_a_value_too_long_for_the_index_is_found_or_said(store: LogStore) -> None:
    page = store.search(LogQuery(RANGE, "needle"), Paging(), Deadline.after(20))
    message = "1 line has values that are too long for the index: they were not searched."

    assert [line.fields["Name"] for line in page.lines] == ["long"] or message in page.quality.notes


def elastic(*indices: Mapping[str, Any]) -> tuple[ElasticLogStore, list[str]]:
    """A store over indices with these properties below `fields`; their names."""
    url, name = shared_node().url, f"mixed-{next(_NUMBERS)}"
    created = [f"{name}-{n}" for n in range(len(indices))]
    for index, fields in zip(created, indices, strict=True):
        put_index(url, index, {"properties": {"@timestamp": {"type": "date"}, "fields": {"properties": fields}}})
    return ElasticLogStore(ElasticSettings(url=url, log_index=f"{name}-*", log_layout="serilog")), created


def test_fields_of_different_types_compare_in_each_index() -> None:
    kinds = [{"Status": {"type": "long"}}, {"Status": {"type": "keyword"}}, {"Status": {"type": "text"}}]
    result, indices = elastic(*kinds)
    put_documents(
        shared_node().url,
        [
            (
                index,
                {"@timestamp": timestamp(n), "message": "m", "fields": {"Status": code, "Name": f"{index[-1]}-{code}"}},
            )
            for index in indices
            for n, code in enumerate((99, 404, 503))
        ],
    )

    assert names(result, "Status:>=500") == {"0-503", "1-503"}  # a text has no order
    assert names(result, "Status:404") == {"0-404", "1-404", "2-404"}
    assert names(result, "Status:5*") >= {"0-503", "1-503"}
    assert names(result, "503") == {"0-503", "1-503", "2-503"}


def test_a_field_that_is_not_indexed_breaks_no_search_and_is_said() -> None:
    result, (index,) = elastic({"Secret": {"type": "keyword", "index": False, "doc_values": False}})
    fields = {"Secret": "x", "Name": "one", "Note": "word"}
    put_documents(shared_node().url, [(index, {"@timestamp": timestamp(0), "message": "m", "fields": fields})])

    assert names(result, "word") == {"one"}
    notes = result.search(LogQuery(RANGE, "Secret:x"), Paging(), Deadline.after(20)).quality.notes
    assert notes == (
        "Elasticsearch does not index the field Secret everywhere: a search does not reach all of its values.",
    )
    notes = result.search(LogQuery(RANGE, "word"), Paging(), Deadline.after(20)).quality.notes
    assert notes == ("Words were not looked for in fields that are not indexed: fields.Secret.",)
