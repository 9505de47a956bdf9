"""Elasticsearch, in every layout of span documents, answers as the embedded store does for the same spans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput
from queries.search.results import Filter, Range
from queries.stores.duckdb.traces import FileTraceSettings, FileTraceStore
from queries.stores.elastic import trace_pages, trace_reading
from queries.stores.trace_store import TraceStore
from queries.traces.types import Sort, Span, SpanEvent, SpanLink, TracePaging, TraceQuery
from tests.integration.stores.elastic_documents import SPAN_WRITERS
from tests.integration.stores.elastic_makers import TRACE_MAKERS, trace_store

pytestmark = pytest.mark.integration

START = 1_767_225_600
RANGE = Range.of_seconds(START, START + 600)
KINDS = ("", "internal", "server", "client", "producer", "consumer")
STATUSES = ("unset", "ok", "error")


def trace(n: int) -> list[Span]:
    """A request, a call of another service that answers, and a query of a database; times in whole microseconds."""
    start, length = (START + n) * 10**9 + n * 1_000, (n % 17 + 1) * 10_000_000 + n * 1_000
    fails = n % 9 == 0
    shared: dict[str, Any] = {"trace_id": f"{n + 1:032x}", "scope": "CodeAgent.API"}
    gateway, worker = ({"service.name": name, "host.name": f"web-{n % 3}"} for name in ("gateway", "worker"))
    root = Span(
        **shared,
        span_id=f"{n:014x}a0",
        parent_id="",
        name=("POST /chat", "GET /models")[n % 2],
        service="gateway",
        start_ns=start,
        duration_ns=length,
        kind="server",
        status="error" if fails else "unset",
        status_message="the provider is late" if fails else "",
        attributes={"http.route": "/chat", "http.response.status_code": 500 if fails else 200, "cached": n % 2 == 0},
        resource=gateway,
        events=(SpanEvent(start + 2_000, "exception", {"exception.type": "TimeoutError"}),) if fails else (),
    )
    call = Span(
        **shared,
        span_id=f"{n:014x}a1",
        parent_id=root.span_id,
        name="call",
        service="gateway",
        start_ns=start + 3_000,
        duration_ns=length // 2_000 * 1_000,
        kind="client",
        status="ok",
        attributes={"n": n},
        resource=gateway,
        links=(SpanLink("f" * 32, "e" * 16),),
    )
    answer = Span(
        **shared,
        span_id=f"{n:014x}a2",
        parent_id=call.span_id,
        name="run",
        service="worker",
        start_ns=start + 5_000,
        duration_ns=length // 4_000 * 1_000,
        kind="server",
        attributes={"step.type": "llm"},
        resource=worker,
    )
    query = Span(
        **shared,
        span_id=f"{n:014x}a3",
        parent_id=answer.span_id,
        name="SELECT users",
        service="worker",
        start_ns=start + 6_000,
        duration_ns=1_000_000,
        kind="client",
        attributes={"db.system": "postgresql"},
        resource=worker,
    )
    return [root, call, answer, query]


SPANS = [span for n in range(90) for span in trace(n)]


def otlp(span: Span) -> dict[str, Any]:
    """As the file exporter writes it."""
    results = {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.parent_id,
        "name": span.name,
        "kind": KINDS.index(span.kind),
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "status": {"code": STATUSES.index(span.status), "message": span.status_message},
        "attributes": pairs(span.attributes),
        "events": [
            {"timeUnixNano": str(event.at_ns), "name": event.name, "attributes": pairs(event.attributes)}
            for event in span.events
        ],
        "links": [{"traceId": link.trace_id, "spanId": link.span_id} for link in span.links],
    }
    scoped = {"scope": {"name": span.scope}, "spans": [results]}
    return {"resourceSpans": [{"resource": {"attributes": pairs(span.resource)}, "scopeSpans": [scoped]}]}


def pairs(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": typed(value)} for name, value in attributes.items()]


def typed(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TraceStore]:
    folder: Path = tmp_path_factory.mktemp("otlp")
    (folder / "traces-1.jsonl").write_bytes(b"".join(orjson.dumps(otlp(span)) + b"\n" for span in SPANS))
    store = FileTraceStore(FileTraceSettings(folder))
    yield store
    store.close()


@pytest.fixture(scope="module", params=sorted(TRACE_MAKERS))
def layout(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def elastic(layout: str) -> Iterator[TraceStore]:
    store = TRACE_MAKERS[layout](SPANS)
    yield store
    store.close()


def soon() -> Deadline:
    return Deadline.after(10)


def everything(store: TraceStore, query: TraceQuery, sort: Sort, limit: int = 25) -> list[Any]:
    results: list[Any] = []
    cursor = ""
    while True:
        page = store.search(query, TracePaging(limit, sort, cursor), soon())
        results += page.traces
        cursor = page.next
        if not cursor:
            assert page.total.value == len(results)
            return results


@pytest.mark.parametrize("sort", ["newest", "oldest", "slowest", "fastest"])
def test_pages_list_the_same_traces_once_in_the_same_order(
    embedded: TraceStore, elastic: TraceStore, sort: Sort
) -> None:
    assert everything(elastic, TraceQuery(RANGE), sort) == everything(embedded, TraceQuery(RANGE), sort)


SEARCHES = (
    "status:error",
    "NOT status:error",
    "status:o*",
    "status:*",
    "kind:client",
    "kind:*",
    "duration:>100",
    "duration:[10 TO 30}",
    "duration:1",
    "http.response.status_code:500",
    "http.response.status_code:>=500",
    "http.response.status_code:>99 n:5",
    "n:[5 TO 10]",
    "n:1*",
    "cached:true",
    "db.system:postgres*",
    "db.system:*",
    "NOT db.system:*",
    "chat",
    "models",
    "SELECT",
    '"SELECT users"',
    "service:WORKER",
    'service:"WORKER"',
    "name:call",
    "host.name:web-1",
    "host.name:web*",
    "time:>2026-01-01T00:01:00",
    "Nope:x",
    "NOT Nope:x",
    "00000000000000000000000000000005",
    "trace_id:00000000000000000000000000000005",
    "parent_id:*",
    "step.type:llm",
    "work",
    "run",
    "step.type:>0",
    "users",
)


@pytest.mark.parametrize("text", SEARCHES)
def test_a_search_finds_the_same_traces(embedded: TraceStore, elastic: TraceStore, text: str) -> None:
    query = TraceQuery(RANGE, text=text)

    assert everything(elastic, query, "newest", 200) == everything(embedded, query, "newest", 200)


def test_a_trace_of_many_spans_hides_none_behind_it(
    embedded: TraceStore, elastic: TraceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace_pages, "_BATCH", 4)  # fewer than one trace has
    assert everything(elastic, TraceQuery(RANGE), "newest", 3) == everything(embedded, TraceQuery(RANGE), "newest", 3)


def test_a_percentile_of_durations_is_about_the_same(embedded: TraceStore, elastic: TraceStore) -> None:
    query = TraceQuery(RANGE, service="gateway")
    item, other = (store.duration_at(query, 95, soon()) for store in (elastic, embedded))
    assert item is not None
    assert item == pytest.approx(other, rel=0.1)
    assert elastic.duration_at(TraceQuery(RANGE, service="nobody"), 95, soon()) is None
    assert embedded.duration_at(TraceQuery(RANGE, service="nobody"), 95, soon()) is None


QUERIES = (
    TraceQuery(RANGE, service="gateway", operation="POST /chat"),
    TraceQuery(RANGE, status="ok"),
    TraceQuery(RANGE, status="unset", only="roots"),
    TraceQuery(RANGE, only="roots", min_ns=100_000_000),
    TraceQuery(RANGE, min_ns=10_000_000, max_ns=20_000_000),
    TraceQuery(RANGE, service="gateway", only="entries"),
    TraceQuery(RANGE, only="entries"),
    TraceQuery(RANGE, filters=(Filter("http.response.status_code", ("500",)), Filter("http.route", ("/chat",)))),
    TraceQuery(RANGE, filters=(Filter("kind", ("server",), negated=True), Filter("db.system", ("postgresql",)))),
    TraceQuery(Range.of_seconds(START + 10, START + 20)),
)


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_selects_the_same_spans(embedded: TraceStore, elastic: TraceStore, query: TraceQuery) -> None:
    assert everything(elastic, query, "slowest") == everything(embedded, query, "slowest")
    item, other = (store.scatter(query, 1_000, soon()) for store in (elastic, embedded))
    assert {dot.span_id: dot for dot in item.dots} == {dot.span_id: dot for dot in other.dots}
    assert item.total == other.total


def test_services_and_operations_count_the_same(embedded: TraceStore, elastic: TraceStore) -> None:
    for query in (TraceQuery(RANGE), TraceQuery(RANGE, service="gateway")):
        item, other = (store.services(query, 1, soon()) for store in (elastic, embedded))
        assert (item.services, item.others) == (other.services, other.others)
        first, second = (store.operations(query, 10, soon()).operations for store in (elastic, embedded))
        assert [(o.name, o.spans, o.errors) for o in first] == [(o.name, o.spans, o.errors) for o in second]
        for mine, theirs in zip(first, second, strict=True):
            assert mine.p50_ns == pytest.approx(theirs.p50_ns, rel=0.05)
            assert mine.p95_ns == pytest.approx(theirs.p95_ns, rel=0.05)


def test_a_trace_holds_the_same_spans(embedded: TraceStore, elastic: TraceStore, layout: str) -> None:
    trace_id = f"{10:032x}"
    item, other = (store.trace(trace_id, soon()) for store in (elastic, embedded))
    brief, same = (store.trace(trace_id.upper(), soon(), RANGE, details=False) for store in (elastic, embedded))

    if layout == "elastic-apm":  # keeps neither events, scopes, messages of a status, nor the dots of names
        assert [(span.span_id, span.parent_id, span.status, span.kind) for span in item.spans] == [
            (span.span_id, span.parent_id, span.status, span.kind) for span in other.spans
        ]
        return
    links = [[(link.trace_id, link.span_id) for link in span.links] for span in item.spans]
    assert links == [[(link.trace_id, link.span_id) for link in span.links] for span in other.spans]
    assert [replace(span, links=()) for span in item.spans] == [replace(span, links=()) for span in other.spans]
    assert brief.spans == same.spans
    assert brief.missing == 0
    assert elastic.span(trace_id, item.spans[0].span_id, soon()) == item.spans[0]


def test_a_typical_trace_is_the_same(embedded: TraceStore, elastic: TraceStore) -> None:
    query = TraceQuery(RANGE, service="gateway", operation="POST /chat")

    assert elastic.typical(query, "", soon()) == embedded.typical(query, "", soon())


def test_the_map_is_the_same(embedded: TraceStore, elastic: TraceStore) -> None:
    item, other = (store.service_map(RANGE, soon()) for store in (elastic, embedded))

    assert (item.nodes, item.edges, item.looked_at) == (other.nodes, other.edges, other.looked_at)


@pytest.mark.parametrize(
    ("field", "prefix"),
    [
        ("name", ""),
        ("name", "p"),
        ("service", ""),
        ("status", ""),
        ("kind", ""),
        ("kind", "C"),
        ("http.response.status_code", ""),
        ("http.response.status_code", "5"),
        ("db.system", "P"),
        ("host.name", ""),
        ("Nope", ""),
    ],
)
def test_values_are_the_same(embedded: TraceStore, elastic: TraceStore, field: str, prefix: str) -> None:
    item, other = (store.values(TraceQuery(RANGE), field, prefix, 2, soon()) for store in (elastic, embedded))

    assert item == other


def test_what_stands_out_is_the_same(embedded: TraceStore, elastic: TraceStore) -> None:
    expected = {"name": "name", "service": "service", "status": "status", "kind": "kind"}
    expected |= {"http.response.status_code": "code", "http_response_status_code": "code"}

    def significant(store: TraceStore) -> set[tuple[Any, ...]]:
        result = store.significant_values(TraceQuery(RANGE, status="error"), TraceQuery(RANGE), 100, soon())
        assert (result.selection_total, result.rest_total) == (10, 350)
        values = [value for value in result.values if value.field in expected]
        return {
            (expected[value.field], value.value, value.in_selection, value.in_rest, round(value.score, 6))
            for value in values
        }

    assert significant(elastic) == significant(embedded)


def test_beyond_the_limit_the_scatter_keeps_the_slowest_and_the_failed(elastic: TraceStore) -> None:
    result = elastic.scatter(TraceQuery(RANGE), 90, soon())
    slowest = max(SPANS, key=lambda span: span.duration_ns)

    assert len(result.dots) <= 90
    assert result.total.value == 360
    assert slowest.span_id in {dot.span_id for dot in result.dots}
    assert sum(dot.error for dot in result.dots) == 10


def test_attributes_are_listed(elastic: TraceStore) -> None:
    results = {field.name.replace("_", ".") for field in elastic.fields(TraceQuery(RANGE), 200, soon()).fields}

    assert {"name", "service", "duration", "http.route", "db.system", "host.name", "step.type"} <= results


def test_unknown_traces_spans_and_cursors_are_errors(elastic: TraceStore) -> None:
    for trace_id in ("", "x", '{"match_all":{}}', "*", "f" * 5_000):
        with pytest.raises(InvalidInput):
            elastic.trace(trace_id, soon())
    with pytest.raises(InvalidInput):
        elastic.span(SPANS[0].trace_id, "nope", soon())
    newest = elastic.search(TraceQuery(RANGE), TracePaging(5), soon()).next
    for cursor in ("x", "W10", newest[:-4]):
        with pytest.raises(InvalidInput):
            elastic.search(TraceQuery(RANGE), TracePaging(5, "newest", cursor), soon())


@pytest.mark.parametrize("layout", SPAN_WRITERS)
def test_every_span_of_a_trace_is_read_once_over_shards_and_equal_times(
    layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace_reading, "_PART", 20)
    root = replace(trace(1)[0], status="unset", events=())
    steps = [
        replace(root, span_id=f"{n:016x}", parent_id=root.span_id, kind="internal", name="step", duration_ns=1_000)
        for n in range(1, 300)
    ]
    store = trace_store(layout, [root, *steps], shards=5)
    read = store.trace(root.trace_id, Deadline.after(30)).spans
    store.close()

    assert sorted(span.span_id for span in read) == sorted(span.span_id for span in (root, *steps))
