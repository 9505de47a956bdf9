"""Documents of traces as other programs write them into Elasticsearch, and several layouts in one cluster."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput
from queries.search.results import Range
from queries.stores.elastic import trace_layouts, traces
from queries.stores.elastic.client import ElasticSettings
from queries.stores.elastic.traces import ElasticTraceStore
from queries.traces.arrange import arrange
from queries.traces.types import Sort, Span, TracePaging, TraceQuery
from tests.integration.stores.elastic_documents import SPAN_WRITERS, mapping
from tests.integration.stores.elastic_node import put_documents, put_index, shared_node

pytestmark = pytest.mark.integration

START = 1_790_000_000
RANGE = Range.of_seconds(START - 60, START + 600)
ROOTS = TraceQuery(RANGE, only="roots")
T, U = "a" * 32, "b" * 32
NUMBERS = itertools.count(1)
DYNAMIC: Mapping[str, Any] = {"properties": {"@timestamp": {"type": "date_nanos"}}}


def soon() -> Deadline:
    return Deadline.after(20)


def stored(layout: Mapping[str, Any], documents: Sequence[Mapping[str, Any]], index: str = "") -> ElasticTraceStore:
    """A store over an index of these documents that has to recognise the layout."""
    url, index = shared_node().url, index or f"foreign-{next(NUMBERS)}"
    put_index(url, index, layout)
    put_documents(url, [(index, document) for document in documents])
    return ElasticTraceStore(ElasticSettings(url=url, trace_index=index))


def jaeger(span: str, *references: tuple[str, str, str], ms: int = 0, **more: Any) -> dict[str, Any]:
    """A document of Jaeger's; references are kind, trace and span."""
    start = START * 1_000 + ms
    return {
        "traceID": T,
        "spanID": span,
        "operationName": f"op {span}",
        "startTime": start * 1_000,
        "startTimeMillis": start,
        "duration": 5_000,
        "tags": [],
        "process": {"serviceName": "shop", "tags": []},
        "references": [{"refType": kind, "traceID": trace, "spanID": other} for kind, trace, other in references],
        **more,
    }


def tree(store: ElasticTraceStore, trace_id: str = T) -> dict[str, str]:
    """Each span's parent by its id."""
    result = arrange(store.trace(trace_id, soon()))
    return {
        span.span_id: result.spans[parent].span_id if parent >= 0 else ""
        for span, parent in zip(result.spans, result.parent, strict=True)
    }


def listed(store: ElasticTraceStore, query: TraceQuery = ROOTS) -> list[tuple[str, str, bool]]:
    """Trace, matching span and whether there is a root, of the first page."""
    page = store.search(query, TracePaging(20), soon())
    assert page.total.value == len(page.traces)
    return [(trace.trace_id, trace.matched_span_id, trace.has_root) for trace in page.traces]


def test_what_only_follows_from_a_span_lies_below_it() -> None:
    store = stored(
        mapping("jaeger"),
        [
            jaeger("01"),
            jaeger("02", ("FOLLOWS_FROM", T, "01"), ms=9),
            jaeger("03", ("FOLLOWS_FROM", T, "01"), ("CHILD_OF", T, "02"), ms=10),
        ],
    )
    assert tree(store) == {"01": "", "02": "01", "03": "02"}
    assert listed(store) == [(T, "01", True)]


def test_a_child_of_another_trace_is_a_root_with_a_link() -> None:
    store = stored(
        mapping("jaeger"),
        [
            jaeger("01", ("CHILD_OF", U, "77")),
            jaeger("02", ("CHILD_OF", T, "01"), ms=1),
        ],
    )
    assert tree(store) == {"01": "", "02": "01"}
    assert listed(store) == [(T, "01", True)]
    assert [(link.trace_id, link.span_id) for link in store.span(T, "01", soon()).links] == [(U, "77")]


def test_jaegers_data_stream_is_found_by_its_name() -> None:
    properties = {**mapping("jaeger")["properties"], "@timestamp": {"type": "date_nanos"}}
    instant = {"@timestamp": "2026-09-21T14:13:20.000001Z"}
    stored({**mapping("jaeger"), "properties": properties}, [jaeger("01", **instant)], "jaeger.spans")
    store = ElasticTraceStore(ElasticSettings(url=shared_node().url, trace_layout="jaeger"))
    assert (T, "01", True) in listed(store)


def apm(kind: str, span: str, parent: str = "", **more: Any) -> dict[str, Any]:
    return {
        "@timestamp": f"{START * 1_000}",
        "processor": {"event": kind},
        "trace": {"id": T},
        "service": {"name": "shop"},
        kind: {"id": span, "name": f"op {span}", "duration": {"us": 5_000}},
        **({"parent": {"id": parent}} if parent else {}),
        **more,
    }


APM = {**mapping("apm"), "properties": {**mapping("apm")["properties"], "@timestamp": {"type": "date"}}}


def test_apm_documents_without_microseconds_are_listed_as_the_page_shows_them() -> None:
    store = stored(
        APM,
        [
            apm("transaction", "01", timestamp={"us": START * 1_000_000}),
            apm("span", "02", "01"),
            apm("span", "03", "01"),
        ],
    )
    (row,) = store.search(TraceQuery(RANGE), TracePaging(20), soon()).traces
    assert (row.spans, len(store.trace(T, soon()).spans)) == (3, 3)
    assert store.scatter(TraceQuery(RANGE), 10, soon()).total.value == 3


def test_apm_errors_are_shown_at_their_span() -> None:
    def error(trace: dict[str, Any], **more: Any) -> dict[str, Any]:
        exception = {
            "type": "TypeError",
            "message": "x is not a function",
            "stacktrace": [{"function": "pay", "filename": "shop.js", "line": {"number": 7}}],
        }
        cause = {"type": "IOError", "message": "disk"}
        return {
            "@timestamp": f"{START * 1_000 + 2}",
            "processor": {"event": "error"},
            "trace": {"id": T},
            "error": {"id": "e", "exception": [exception, cause]},
            **trace,
            **more,
        }

    url = shared_node().url
    put_index(url, "logs-apm.error-test", APM)
    put_documents(
        url,
        [
            ("logs-apm.error-test", error({"parent": {"id": "02"}, "transaction": {"id": "01"}})),
            ("logs-apm.error-test", error({"transaction": {"id": "01"}})),
            ("logs-apm.error-test", error({})),
        ],
    )
    store = stored(APM, [apm("transaction", "01"), apm("span", "02", "01")])
    trace = store.trace(T, soon())
    assert {span.span_id: len(span.events) for span in trace.spans} == {"01": 1, "02": 1}
    assert "In no span that is there: TypeError: x is not a function." in trace.quality.notes
    (event,) = store.span(T, "02", soon()).events
    assert (event.name, event.attributes["exception.type"]) == ("exception", "TypeError")
    assert "at pay (shop.js:7)" in event.attributes["exception.stacktrace"]
    assert "Caused by: IOError: disk" in event.attributes["exception.stacktrace"]


def collected(mode: str) -> list[dict[str, Any]]:
    """A client's and a root's span as the exporter writes them in a mapping mode."""
    instant = "2026-09-21T14:13:{}.000000006Z".format
    flat = {
        "@timestamp": instant(20),
        "EndTimestamp": instant(21),
        "TraceId": T,
        "SpanId": "02",
        "ParentSpanId": "01",
        "Name": "call",
        "Kind": "SPAN_KIND_CLIENT",
        "TraceStatus": 2,
        "TraceStatusDescription": "it broke",
        "Duration": 1_000_000,
        "Link": f'[{{"attribute":{{}},"spanID":"77","traceID":"{U}"}}]',
        "Resource.service.name": "shop",
        "Scope.name": "lib",
        "Attributes.http.route": "/pay",
        "Events.exception.time": instant(20),
        "Events.exception.exception.type": "Boom",
    }
    root: dict[str, Any] = {**flat, "SpanId": "01", "Name": "root", "Kind": "SPAN_KIND_SERVER", "TraceStatus": 0}
    del root["ParentSpanId"]
    if mode == "raw":
        return [
            {name.removeprefix("Attributes.").removeprefix("Events."): value for name, value in source.items()}
            for source in (flat, root)
        ]
    return [deep(source) for source in (flat, root)] if mode == "ecs" else [flat, root]


def deep(document: Mapping[str, Any]) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for name, value in document.items():
        *path, last = name.split(".")
        place = results
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return results


@pytest.mark.parametrize("mode", ["none", "raw", "ecs"])
def test_spans_of_the_collectors_other_modes_are_read(mode: str) -> None:
    store = stored(DYNAMIC, collected(mode))
    root, call = store.trace(T, soon()).spans
    assert (root.parent_id, root.kind, root.status) == ("", "server", "unset")
    assert call == Span(
        T,
        "02",
        "01",
        "call",
        "shop",
        START * 10**9 + 6,
        10**9,
        "client",
        "error",
        "it broke",
        {"http.route": "/pay"},
        {"service.name": "shop"},
        call.events,
        call.links,
        "lib",
    )
    assert [(event.name, event.attributes) for event in call.events] == [("exception", {"exception.type": "Boom"})]
    assert [(link.trace_id, link.span_id) for link in call.links] == [(U, "77")]
    assert listed(store) == [(T, "01", True)]
    for text in ("status:error kind:client", 'http.route:"/pay"', "duration:1000", "service:shop name:call"):
        assert [trace.spans for trace in store.search(TraceQuery(RANGE, text=text), TracePaging(5), soon()).traces] == [
            2
        ]


def test_a_span_without_a_time_is_missing_for_that_reason() -> None:
    store = stored(
        mapping("otel"),
        [
            {"@timestamp": f"{START * 1_000}", "trace_id": T, "span_id": "01", "name": "a", "duration": 1},
            {"trace_id": T, "span_id": "02", "name": "b", "duration": 1},
        ],
    )
    result = store.trace(T, soon())
    assert ([span.span_id for span in result.spans], result.quality.notes) == (
        ["01"],
        ("1 span has no time or no id and is not shown.",),
    )


def spans(layout: str, count: int, offset: int) -> list[Span]:
    return [
        Span(
            f"{offset * 1_000 + n:032x}",
            f"{n:016x}",
            "",
            f"of {layout}",
            layout,
            (START + n * 2 + offset) * 10**9,
            (n % 7 + 1) * 1_000_000,
            "server",
            resource={"service.name": layout},
        )
        for n in range(count)
    ]


@pytest.fixture(scope="module")
def mixed() -> ElasticTraceStore:
    """Two layouts in one pattern of indices; one trace has spans in both."""
    url = shared_node().url
    shared = Span(
        "f" * 32, "01" * 8, "", "root", "otel", START * 10**9, 10**9, "server", resource={"service.name": "otel"}
    )
    below = replace(
        shared, span_id="02" * 8, parent_id=shared.span_id, service="jaeger", name="below", duration_ns=10**6
    )
    for layout, result in (("otel", [*spans("otel", 23, 0), shared]), ("jaeger", [*spans("jaeger", 11, 1), below])):
        put_index(url, f"mixed-{layout}", mapping(layout))
        put_documents(
            url, [(f"mixed-{layout}", document) for span in result for _, document in SPAN_WRITERS[layout](span)]
        )
    return ElasticTraceStore(ElasticSettings(url=url, trace_index="mixed-*"))


@pytest.mark.parametrize("sort", ["newest", "oldest", "slowest", "fastest"])
@pytest.mark.parametrize("limit", [1, 4, 100])
def test_pages_hold_the_traces_of_both_layouts_in_one_order(mixed: ElasticTraceStore, sort: Sort, limit: int) -> None:
    query, result, cursor = TraceQuery(RANGE, filters=(), text="name:of*"), list[Any](), ""
    while True:
        page = mixed.search(query, TracePaging(limit, sort, cursor), soon())
        result += page.traces
        cursor = page.next
        if not cursor:
            break
    values = [match.start_ns if sort in ("newest", "oldest") else match.duration_ns for match in result]
    assert len({match.trace_id for match in result}) == len(result) == 34
    assert values == sorted(values, reverse=sort in ("newest", "slowest"))


def test_both_layouts_are_counted_and_a_trace_is_read_from_both(mixed: ElasticTraceStore) -> None:
    services = mixed.services(TraceQuery(RANGE), 10, soon()).services
    assert {service.name: service.spans for service in services} == {"otel": 24, "jaeger": 12}
    assert tree(mixed, "f" * 32) == {"01" * 8: "", "02" * 8: "01" * 8}
    assert mixed.span("f" * 32, "02" * 8, soon()).service == "jaeger"
    assert mixed.scatter(TraceQuery(RANGE), 100, soon()).total.value == 36
    assert {node.name for node in mixed.service_map(RANGE, soon()).nodes} == {"otel", "jaeger"}
    assert {value.value for value in mixed.values(TraceQuery(RANGE), "service", "", 5, soon()).values} == {
        "otel",
        "jaeger",
    }
    assert {operation.name for operation in mixed.operations(TraceQuery(RANGE), 9, soon()).operations} >= {
        "of otel",
        "of jaeger",
    }
    with pytest.raises(InvalidInput):
        mixed.trace("e" * 32, soon())
    for cursor in ("x", mixed.search(TraceQuery(RANGE), TracePaging(2), soon()).next[:-3]):
        with pytest.raises(InvalidInput):
            mixed.search(TraceQuery(RANGE), TracePaging(2, "newest", cursor), soon())


def test_a_layout_that_is_not_known_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not a known layout"):
        ElasticTraceStore(ElasticSettings(trace_layout="nonsense"))
    assert len(trace_layouts.TRACE_LAYOUTS) == len(traces._layouts("auto"))
