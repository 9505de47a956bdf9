"""Documents as foreign writers make them: each is a line with its level, message, host and exception, and is found."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest

from queries.core.deadline import Deadline
from queries.logs.types import LogLine, LogQuery, Paging
from queries.search.results import Range
from queries.stores.elastic.client import ElasticSettings
from queries.stores.elastic.logs import ElasticLogStore
from tests.integration.stores.elastic_documents import mapping
from tests.integration.stores.elastic_node import put_documents, put_index, shared_node

pytestmark = pytest.mark.integration

AT: Final = "2026-09-21T14:13:20.000Z"
QUERY: Final = LogQuery(Range.of_seconds(1_789_900_000, 1_790_100_000))
_NUMBERS: Final = itertools.count(1)
_DATED: Final[Mapping[str, Any]] = {"properties": {"@timestamp": {"type": "date"}}}


def soon() -> Deadline:
    return Deadline.after(20)


def stored(documents: Sequence[Mapping[str, Any]], created: Mapping[str, Any] = _DATED) -> ElasticLogStore:
    """A store that has to recognise these documents, in an index of its own."""
    url, index = shared_node().url, f"formats-{next(_NUMBERS)}"
    put_index(url, index, created)
    put_documents(url, [(index, document) for document in documents])
    return ElasticLogStore(ElasticSettings(url=url, log_index=index))


def lines(store: ElasticLogStore, text: str = "", levels: tuple[str, ...] = ()) -> tuple[LogLine, ...]:
    query = LogQuery(QUERY.range, text, levels)
    result = store.search(query, Paging(oldest_first=True), soon())
    assert result.total.value == len(result.lines)
    return result.lines


def levels_of(store: ElasticLogStore) -> dict[str, int]:
    counts: dict[str, int] = {}
    for bucket in store.histogram(QUERY, 10, soon()).buckets:
        for level, count in bucket.by_level.items():
            counts[level] = counts.get(level, 0) + count
    return {level: count for level, count in counts.items() if count}


SERILOG: Final = {
    "@timestamp": AT, "level": "Error", "messageTemplate": "failed", "message": "failed", "fields": {},
    "exceptions": [
        {"Depth": 1, "ClassName": "System.TimeoutException", "Message": "inner cause",
         "StackTraceString": "at Inner()"},
        {"Depth": 0, "ClassName": "System.AggregateException", "Message": "One or more errors occurred.",
         "StackTraceString": "at Outer()"},
    ],
}  # fmt: skip


@pytest.mark.parametrize("created", [mapping("serilog"), _DATED], ids=["own template", "dynamic mapping"])
def test_inner_exceptions_of_serilog_are_shown_and_found(created: Mapping[str, Any]) -> None:
    store = stored([SERILOG, {**SERILOG, "exceptions": [], "message": "fine"}], created)
    failure = lines(store, "exception:*")[0].failure

    assert failure is not None
    assert (failure.kind, failure.message) == ("System.AggregateException", "One or more errors occurred.")
    assert [(cause.kind, cause.message, cause.stack) for cause in failure.causes] == [
        ("System.TimeoutException", "inner cause", "at Inner()")
    ]
    for text in ("exception:inner", 'exception:"inner cause"', "exception.type:System.TimeoutException"):
        assert [line.message for line in lines(store, text)] == ["failed"], text


APM_ERROR: Final = {
    "@timestamp": AT,
    "processor": {"event": "error"},
    "agent": {"name": "nodejs"},
    "service": {"name": "shop"},
    "trace": {"id": "a" * 32},
    "error": {
        "grouping_key": "k",
        "exception": [
            {
                "type": "TypeError",
                "message": "x is not a function",
                "stacktrace": [{"function": "handle", "filename": "app.js", "line": {"number": 12}}],
            },
            {"type": "RangeError", "message": "out of range"},
        ],
    },
}


def test_an_error_of_apm_is_an_error_with_its_exceptions_and_no_host() -> None:
    logged = {
        **APM_ERROR,
        "host": {"hostname": "web-1"},
        "error": {"log": {"message": "cannot pay", "level": "warning", "logger_name": "pay"}},
    }
    store = stored([APM_ERROR, logged])
    thrown, written = lines(store)

    assert (thrown.level, thrown.host, thrown.service, thrown.message) == ("Error", "", "shop", "x is not a function")
    assert thrown.failure is not None
    assert (thrown.failure.kind, thrown.failure.stack) == ("TypeError", "  at handle (app.js:12)")
    assert [cause.kind for cause in thrown.failure.causes] == ["RangeError"]
    assert (written.level, written.host, written.message, written.logger) == ("Warning", "web-1", "cannot pay", "pay")
    assert levels_of(store) == {"Error": 1, "Warning": 1}
    assert lines(store, levels=("Error",)) == (thrown,)
    assert lines(store, "exception.type:TypeError level:error") == (thrown,)
    assert lines(store, "exception.type:RangeError") == (thrown,)
    assert lines(store, "level:warning") == (written,)
    assert [line.id for line in store.correlated("a" * 32, 10, soon()).lines] == [thrown.id, written.id]


_IDS: Final = {"trace_id": "a" * 32, "span_id": "b" * 16}
_RESOURCE: Final = {"attributes": {"service.name": "web"}}


def test_log_events_of_the_collector_are_lines_and_events_of_spans_are_not() -> None:
    store = stored(
        [
            {"@timestamp": "1790000000000.000001", "severity_number": 9, "event_name": "user.login",
             "body": {"text": "logged in"}, "attributes": {}, "resource": _RESOURCE, **_IDS},
            {"@timestamp": "1790000000000.000002", "event_name": "browser.page_view", "attributes": {}, **_IDS},
            {"@timestamp": "1790000000000.000003", "event_name": "browser.click", "resource": _RESOURCE, **_IDS,
             "observed_timestamp": "1790000000000.000003", "attributes": {"target": "buy"}},
            {"@timestamp": "1790000000000.000004", "event_name": "exception", "resource": _RESOURCE, **_IDS,
             "attributes": {}},
        ],
        mapping("otel-logs"),
    )  # fmt: skip

    assert [line.message for line in lines(store)] == ["logged in", "browser.page_view", "browser.click"]
    assert [line.message for line in lines(store, "event_name:browser*")] == ["browser.page_view", "browser.click"]
    assert levels_of(store) == {"Information": 1, "": 2}


def test_a_body_that_is_an_object_is_shown() -> None:
    store = stored(
        [{"@timestamp": "1790000000000", "severity_number": 17, "body": {"flattened": {"code": 7, "why": "late"}}}]
    )
    assert lines(store)[0].message == '{"code":7,"why":"late"}'


OTLP: Final = {
    "@timestamp": AT,
    "TraceId": "a" * 32,
    "SpanId": "b" * 16,
    "TraceFlags": 1,
    "SeverityText": "WARN",
    "SeverityNumber": 13,
    "Body": "disk is nearly full",
    "Resource": {"service": {"name": "disks"}},
    "Scope": {"name": "disk.check"},
}


@pytest.mark.parametrize(
    "attributes",
    [
        {"Attributes": {"disk": "sda", "exception": {"type": "IOError"}}},
        {"disk": "sda", "exception": {"type": "IOError"}},
    ],
    ids=["none", "raw"],
)
def test_the_modes_none_and_raw_of_the_collector_are_lines(attributes: Mapping[str, Any]) -> None:
    store = stored([{**OTLP, **attributes}])
    (line,) = lines(store, "disk:sda level:warning trace_id:" + "a" * 32)

    assert (line.message, line.level, line.service, line.logger) == (
        "disk is nearly full",
        "Warning",
        "disks",
        "disk.check",
    )
    assert line.fields["disk"] == "sda"
    assert line.failure is not None
    assert line.failure.kind == "IOError"
    assert levels_of(store) == {"Warning": 1}


def test_the_mode_ecs_of_the_collector_is_a_line() -> None:
    document = {
        "@timestamp": AT,
        "message": "late",
        "event": {"severity": 17, "action": "pay"},
        "agent": {"name": "otlp"},
        "service": {"name": "pay"},
        "trace": {"id": "a" * 32},
        "error": {"type": "E", "stacktrace": "at Pay()"},
    }
    store = stored([document, {**document, "log": {"level": "info"}, "message": "fine"}])
    late, fine = sorted(lines(store), key=lambda line: line.level)

    assert (late.level, late.host, late.service) == ("Error", "", "pay")
    assert late.failure is not None
    assert late.failure.stack == "at Pay()"
    assert fine.level == "Information"
    assert levels_of(store) == {"Error": 1, "Information": 1}


@pytest.mark.parametrize("below", [False, True], ids=["at the root", "below json"])
def test_lines_of_pino_through_filebeat_have_their_message_and_level(below: bool) -> None:
    pino = {
        "level": 50,
        "time": 1_790_000_000_000,
        "pid": 7,
        "hostname": "web-1",
        "msg": "charge failed",
        "err": {"type": "CardError", "message": "declined", "stack": "CardError: declined\n at pay"},
    }
    about = {"@timestamp": AT, "agent": {"name": "node-agent"}, "ecs": {"version": "8.0.0"}}
    store = stored([{**about, **({"json": pino} if below else pino)}])
    (line,) = lines(store, "level:error message:charge exception.type:CardError pid:7")

    assert (line.level, line.raw_level, line.message, line.host) == ("Error", "50", "charge failed", "web-1")
    assert line.failure is not None
    assert (line.failure.kind, line.failure.message) == ("CardError", "declined")
    assert levels_of(store) == {"Error": 1}


def test_plain_lines_of_ecs_and_unknown_documents_are_lines_with_their_fields() -> None:
    store = stored(
        [
            {"@timestamp": AT, "log.level": "WARN", "message": "plain", "service.name": "a"},
            {"@timestamp": AT, "temperature": 21.5, "room": {"name": "attic"}},
        ]
    )
    ecs, unknown = sorted(lines(store), key=lambda line: line.message, reverse=True)

    assert (ecs.message, ecs.level, ecs.service) == ("plain", "Warning", "a")
    assert (unknown.message, dict(unknown.fields)) == ("", {"temperature": 21.5, "room.name": "attic"})
    assert lines(store, "room.name:attic temperature:>20") == (unknown,)


def test_layouts_beside_each_other_are_all_shown() -> None:
    url, name = shared_node().url, f"beside-{next(_NUMBERS)}"
    documents = {
        "serilog": {"@timestamp": AT, "level": "Error", "messageTemplate": "Paid {N}", "message": "Paid 1",
                    "fields": {"Application": "pay", "N": 1}},
        "ecs": {"@timestamp": AT, "log.level": "error", "message": "from filebeat", "ecs.version": "8.0",
                "service": {"name": "pay"}, "labels": {"N": "2"}},
        "otel-logs": {"@timestamp": "1790000000000", "severity_number": 17, "body": {"text": "from the collector"},
                      "resource": {"attributes": {"service.name": "pay"}}, "attributes": {"N": 3}},
    }  # fmt: skip
    for layout, document in documents.items():
        put_index(url, f"{name}-{layout}", mapping(layout))
        put_documents(url, [(f"{name}-{layout}", document)])
    store = ElasticLogStore(ElasticSettings(url=url, log_index=f"{name}-*"))

    everything = {"Paid 1", "from filebeat", "from the collector"}
    assert {line.message for line in lines(store)} == everything
    assert {line.message for line in lines(store, "level:error service:pay")} == everything
    assert {line.service for line in lines(store)} == {"pay"}
    assert levels_of(store) == {"Error": 3}
    (facet,) = store.facets(QUERY, ["service"], 5, soon()).facets
    assert [(value.value, value.count) for value in facet.values] == [("pay", 3)]
    patterns = store.patterns(QUERY, 10, soon())
    assert (patterns.looked_at, patterns.total.value) == (3, 3)


def test_an_index_that_cannot_be_read_is_named_with_the_reason() -> None:
    url, name = shared_node().url, f"unread-{next(_NUMBERS)}"
    for index, kind in (("good", "date"), ("worded", "keyword"), ("timeless", "")):
        put_index(url, f"{name}-{index}", {"properties": {"@timestamp": {"type": kind}} if kind else {}})
    put_documents(
        url,
        [
            (f"{name}-good", {"@timestamp": AT, "message": "here"}),
            (f"{name}-worded", {"@timestamp": AT, "message": "there"}),
            (f"{name}-timeless", {"message": "nowhere"}),
        ],
    )
    page = ElasticLogStore(ElasticSettings(url=url, log_index=f"{name}-*")).search(QUERY, Paging(), soon())

    assert [line.message for line in page.lines] == ["here"]
    assert page.quality.notes == (
        f"Index {name}-worded is not shown: its @timestamp is of type keyword, not a date.",
        f"Index {name}-timeless is not shown: it has no @timestamp.",
    )
