"""What every store of traces promises, compared with the corpus counted in plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput
from queries.search.grammar import GrammarError
from queries.search.results import NANO, Filter, Range, jlh, text_of
from queries.stores.trace_store import TraceStore
from queries.traces.service_map import MapSpan, peer_of, service_edges
from queries.traces.types import Sort, Span, TracePaging, TraceQuery, TraceSummary
from tests.integration.stores.corpus import DAY, RANGE, START, trace_spans

pytestmark = pytest.mark.integration

SPANS = trace_spans()
TRACES: dict[str, list[Span]] = {}
for _span in SPANS:
    TRACES.setdefault(_span.trace_id, []).append(_span)
Test = Callable[[Span], bool]
CODE = "http.response.status_code"


def soon() -> Deadline:
    return Deadline.after(20)


def trace_id(n: int) -> str:
    return f"{n:032x}"


def value(span: Span, field: str) -> str:
    """A field of the corpus as stores count it."""
    if field in ("name", "service", "status", "kind"):
        return str(getattr(span, field))
    fields = {**span.resource, **span.attributes}
    return text_of(fields[field]) if field in fields else ""


def number(span: Span, field: str) -> float:
    return float(span.attributes.get(field, "nan"))


def summary(trace: list[Span], match: Span) -> TraceSummary:
    first = min(trace, key=lambda span: (span.parent_id != "", span.start_ns, span.span_id))
    services = Counter(span.service for span in trace)
    return TraceSummary(
        match.trace_id, first.service, first.name, first.start_ns, first.duration_ns, len(trace),
        sum(span.is_error for span in trace), dict(services), not first.parent_id,
        match.span_id, match.service, match.name, match.duration_ns, match.start_ns, match.is_error,
    )  # fmt: skip


SORTS: dict[Sort, tuple[Callable[[Span], int], bool]] = {
    "newest": (lambda span: span.start_ns, True),
    "oldest": (lambda span: span.start_ns, False),
    "slowest": (lambda span: span.duration_ns, True),
    "fastest": (lambda span: span.duration_ns, False),
}


def expected(test: Test, sort: Sort = "newest") -> list[TraceSummary]:
    """One summary for each trace with a matching span; what is equal stands by trace id, in the same direction."""
    key, descending = SORTS[sort]
    chosen: dict[str, Span] = {}
    for span in sorted(filter(test, SPANS), key=lambda span: (-key(span) if descending else key(span), span.span_id)):
        chosen.setdefault(span.trace_id, span)
    ordered = sorted(chosen.values(), key=lambda span: (key(span), span.trace_id), reverse=descending)
    return [summary(TRACES[span.trace_id], span) for span in ordered]


def everything(store: TraceStore, query: TraceQuery, sort: Sort = "newest", limit: int = 25) -> list[TraceSummary]:
    results: list[TraceSummary] = []
    cursor = ""
    while True:
        page = store.search(query, TracePaging(limit, sort, cursor), soon())
        results += page.traces
        cursor = page.next
        if not cursor:
            assert page.total.value == len(results)
            return results


@pytest.mark.parametrize("sort", list(SORTS))
def test_pages_list_each_trace_once_in_the_asked_order(trace_store: TraceStore, sort: Sort) -> None:
    result = everything(trace_store, TraceQuery(RANGE), sort, 7)

    assert result == expected(lambda span: True, sort)


SEARCHES: dict[str, Test] = {
    "status:error": lambda span: span.status == "error",
    "NOT status:error": lambda span: span.status != "error",
    "kind:client": lambda span: span.kind == "client",
    "duration:>100": lambda span: span.duration_ns > 100_000_000,
    "duration:[20 TO 50}": lambda span: 20_000_000 <= span.duration_ns < 50_000_000,
    "duration:0": lambda span: span.duration_ns == 0,
    f"{CODE}:500": lambda span: number(span, CODE) == 500,
    f"{CODE}:>=400": lambda span: number(span, CODE) >= 400,
    "n:[5 TO 10]": lambda span: 5 <= number(span, "n") <= 10,
    "cached:true": lambda span: span.attributes.get("cached") is True,
    "db.system:red*": lambda span: "db.system" in span.attributes,
    "db.system:*": lambda span: "db.system" in span.attributes,
    "NOT db.system:*": lambda span: "db.system" not in span.attributes,
    "models": lambda span: "models" in span.name,
    '"GET key"': lambda span: span.name == "GET key",
    "service:WORKER": lambda span: span.service == "worker",
    'service:"WORKER"': lambda span: False,
    "name:run": lambda span: span.name == "run",
    "operation:run": lambda span: span.name == "run",
    "host.name:web-1": lambda span: span.resource["host.name"] == "web-1",
    "time:>=2026-01-02T00:00:00": lambda span: span.start_ns >= (START + DAY // 2) * NANO,
    trace_id(7): lambda span: span.trace_id == trace_id(7),
    "tags:blue": lambda span: span.name == "wide",
    'tags:"Dark red"': lambda span: span.name == "wide",
    "tags:dark*": lambda span: span.name == "wide",
    "tags:red": lambda span: False,
    "sizes:>60": lambda span: span.name == "wide",
    "sizes:[6 TO 69]": lambda span: False,
    "moon": lambda span: span.name == "wide",
    "redis": lambda span: span.attributes.get("db.system") == "redis",
    "anthropic openai": lambda span: False,
    "parent_id:*": lambda span: bool(span.parent_id),
    "Nope:x": lambda span: False,
    "NOT Nope:x": lambda span: True,
    "(service:worker status:error) OR tenant:t-1": lambda span: (
        (span.service == "worker" and span.is_error) or span.attributes.get("tenant") == "t-1"
    ),
}


@pytest.mark.parametrize("text", SEARCHES)
def test_a_search_finds_the_traces_of_the_spans(
    request: pytest.FixtureRequest, trace_store: TraceStore, text: str
) -> None:
    if text == "sizes:>60" and "jaeger" in request.node.callspec.id:
        pytest.skip("Jaeger keeps lists as texts, whose numbers cannot be compared")
    assert everything(trace_store, TraceQuery(RANGE, text=text)) == expected(SEARCHES[text])


QUERIES: dict[str, tuple[TraceQuery, Test]] = {
    "an operation": (
        TraceQuery(RANGE, service="gateway", operation="POST /v1/chat"),
        lambda span: span.name == "POST /v1/chat",
    ),
    "a status": (TraceQuery(RANGE, status="ok"), lambda span: span.status == "ok"),
    "roots, and the first spans where the root is missing": (
        TraceQuery(RANGE, only="roots"),
        lambda span: not span.parent_id or (span.trace_id == trace_id(13) and span.name == "call worker"),
    ),
    "entries, and the first spans where the root is missing": (
        TraceQuery(RANGE, only="entries"),
        lambda span: (
            not span.parent_id
            or span.kind == "server"
            or (span.trace_id == trace_id(13) and span.name == "call worker")
        ),
    ),
    "failed roots": (
        TraceQuery(RANGE, status="error", only="roots"),
        lambda span: span.is_error and not span.parent_id,
    ),
    "both ends of the durations": (
        TraceQuery(RANGE, min_ns=500_000, max_ns=1_000_000),
        lambda span: 500_000 <= span.duration_ns <= 1_000_000,
    ),
    "filters": (
        TraceQuery(RANGE, filters=(Filter(CODE, ("200",)), Filter("tenant", ("t-1", "t-2")))),
        lambda span: number(span, CODE) == 200 and value(span, "tenant") in ("t-1", "t-2"),
    ),
    "a filter that is none of them": (
        TraceQuery(RANGE, filters=(Filter("kind", ("server", "client"), True),)),
        lambda span: span.kind not in ("server", "client"),
    ),
    "a part of the day": (
        TraceQuery(Range.of_seconds(START + 1_200, START + 6_000)),
        lambda span: 1_200 * NANO <= span.start_ns - START * NANO < 6_000 * NANO,
    ),
    "nothing": (TraceQuery(Range.of_seconds(START - 20, START - 10)), lambda span: False),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_selects_spans_for_lists_services_operations_and_dots(trace_store: TraceStore, name: str) -> None:
    query, test = QUERIES[name]
    spans = list(filter(test, SPANS))
    scatter = trace_store.scatter(query, 1_000, soon())

    assert everything(trace_store, query, "slowest") == expected(test, "slowest")
    assert {(dot.trace_id, dot.span_id) for dot in scatter.dots} == {(span.trace_id, span.span_id) for span in spans}
    assert scatter.total.value == len(spans)
    services = trace_store.services(query, 10, soon()).services
    assert {service.name: service.spans for service in services} == Counter(span.service for span in spans)
    operations = trace_store.operations(query, 100, soon()).operations
    assert {operation.name: operation.spans for operation in operations} == Counter(span.name for span in spans)
    assert sum(operation.errors for operation in operations) == sum(span.is_error for span in spans)


def test_a_trace_without_its_root_is_listed_by_what_begins_first(trace_store: TraceStore) -> None:
    (result,) = everything(trace_store, TraceQuery(RANGE, text=f"trace_id:{trace_id(13)}"))

    assert not result.has_root
    assert (result.service, result.name, result.spans) == ("gateway", "call worker", 4)


def test_services_come_by_spans_and_the_rest_is_counted(trace_store: TraceStore) -> None:
    listed = trace_store.services(TraceQuery(RANGE), 1, soon())
    counts = Counter(span.service for span in SPANS).most_common()

    assert [(service.name, service.spans) for service in listed.services] == counts[:1]
    assert listed.others == sum(count for _, count in counts[1:])


def test_operations_have_their_errors_and_percentiles(trace_store: TraceStore) -> None:
    listed = trace_store.operations(TraceQuery(RANGE, service="worker"), 10, soon())
    for item in listed.operations:
        spans = [span for span in SPANS if (span.service, span.name) == ("worker", item.name)]
        p50, p95 = np.percentile([span.duration_ns for span in spans], [50, 95])
        assert (item.spans, item.errors) == (len(spans), sum(span.is_error for span in spans))
        assert item.p50_ns == pytest.approx(p50, rel=0.05)
        assert item.p95_ns == pytest.approx(p95, rel=0.05)
    assert {operation.name for operation in listed.operations} == {"run", "GET key", "chat"}


def test_a_trace_holds_its_spans_by_start(trace_store: TraceStore) -> None:
    for n in (9, 13, 64):
        trace = trace_store.trace(trace_id(n), soon())
        written = sorted(TRACES[trace_id(n)], key=lambda span: (span.start_ns, span.span_id))
        assert [brief(span) for span in trace.spans] == [brief(span) for span in written]
        assert trace.missing == 0


def brief(span: Span) -> Span:
    """What every layout keeps: Elastic's agents keep no scopes and no messages of a status."""
    return replace(span, attributes={}, resource={}, events=(), links=(), scope="", status_message="", has_details=True)


def test_a_trace_is_found_in_any_case_near_its_time_and_without_details(trace_store: TraceStore) -> None:
    near = Range.of_seconds(START + 12_000 - 60, START + 12_000 + 60)
    trace = trace_store.trace(trace_id(10).upper(), soon(), near, details=False)

    assert [brief(span) for span in trace.spans] == [brief(span) for span in TRACES[trace_id(10)]]
    assert not any(span.has_details or span.attributes for span in trace.spans)


def test_several_traces_are_each_what_one_question_for_it_gives(trace_store: TraceStore) -> None:
    ids = list(TRACES)[:5]
    result = trace_store.traces([ids[3].upper(), "f" * 32, *ids, ids[0]], soon())

    assert [trace.trace_id for trace in result.traces] == [ids[3], *ids[:3], ids[4]]
    for trace in result.traces:
        assert trace.spans == trace_store.trace(trace.trace_id, soon()).spans
    assert not result.quality.partial
    assert trace_store.traces([], soon()).traces == ()


def test_a_span_has_everything_that_was_written(trace_store: TraceStore, request: pytest.FixtureRequest) -> None:
    of_agents = "elastic-apm" in request.node.name  # Elastic's agents write exceptions elsewhere, and flags as texts
    for written in (TRACES[trace_id(9)][0], TRACES[trace_id(10)][1]):
        span = trace_store.span(written.trace_id, written.span_id, soon())
        assert brief(span) == brief(written)
        assert texts(written.attributes) <= texts(span.attributes)
        assert [(link.trace_id, link.span_id) for link in span.links] == [
            (link.trace_id, link.span_id) for link in written.links
        ]
        assert of_agents or (span.events, span.attributes) == (written.events, written.attributes)
        assert of_agents or (span.scope, span.status_message) == (written.scope, written.status_message)
        assert of_agents or span.resource == written.resource
        assert span.has_details


def texts(attributes: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Elastic's agents write underscores for dots, flags as texts, and a resource's attributes beside the span's."""
    return {(name.replace(".", "_"), text_of(attribute)) for name, attribute in attributes.items()}


def test_what_is_not_there_is_said(trace_store: TraceStore) -> None:
    for unknown in ("", "x", '{"match_all":{}}', "*", "' OR 1=1 --", "f" * 5_000):
        with pytest.raises(InvalidInput):
            trace_store.trace(unknown, soon())
    with pytest.raises(InvalidInput):
        trace_store.span(trace_id(1), "nope", soon())
    for cursor in ("x", "W10", "eyJhIjoxfQ"):
        with pytest.raises(InvalidInput):
            trace_store.search(TraceQuery(RANGE), TracePaging(5, "newest", cursor), soon())
    with pytest.raises(GrammarError):
        trace_store.search(TraceQuery(RANGE, text="duration:["), TracePaging(), soon())


def test_beyond_the_limit_the_scatter_keeps_the_slowest_the_failed_and_a_sample(trace_store: TraceStore) -> None:
    scatter = trace_store.scatter(TraceQuery(RANGE), 60, soon())
    remaining = {(dot.trace_id, dot.span_id): dot for dot in scatter.dots}
    slowest = sorted(SPANS, key=lambda span: -span.duration_ns)[:10]
    failed = [span for span in SPANS if span.is_error]

    assert scatter.total.value == len(SPANS)
    assert len(remaining) == len(scatter.dots) <= 60
    assert {(span.trace_id, span.span_id) for span in (*slowest, *failed)} <= set(remaining)
    assert len(remaining) > len(slowest) + len(failed)


def test_a_typical_trace_is_free_of_errors_and_near_the_median(trace_store: TraceStore) -> None:
    query = TraceQuery(RANGE, service="gateway", operation="GET /v1/models")
    result = trace_store.typical(query, "", soon())
    fine = [
        span.duration_ns
        for span in SPANS
        if span.name == "GET /v1/models" and not any(other.is_error for other in TRACES[span.trace_id])
    ]

    assert result is not None
    assert result.errors == 0
    low, high = np.percentile(fine, [40, 60])
    assert low <= result.matched_duration_ns <= high
    assert trace_store.typical(TraceQuery(RANGE, service="nobody"), "", soon()) is None

    next_best = trace_store.typical(query, result.trace_id, soon())
    assert next_best is not None
    assert next_best.trace_id != result.trace_id
    assert low <= next_best.matched_duration_ns <= high


def test_the_map_says_who_calls_whom(trace_store: TraceStore) -> None:
    result = trace_store.service_map(RANGE, soon())
    nodes, edges = service_edges(
        [MapSpan(span.trace_id, span.span_id, span.parent_id, span.service, span.kind, span.duration_ns, span.is_error,
                 peer_of(span.attributes), span.start_ns) for span in SPANS]
    )  # fmt: skip
    calls = {(edge.source, edge.target): (edge.calls, edge.errors) for edge in result.edges}

    assert calls == {
        ("gateway", "worker"): (60, 0),
        ("worker", "redis"): (60, 0),
        ("worker", "openai"): (30, 3),
        ("worker", "anthropic"): (30, 3),
    }
    assert {node.name: node.external for node in result.nodes} == {
        "gateway": False,
        "worker": False,
        "scheduler": False,
        "redis": True,
        "openai": True,
        "anthropic": True,
    }
    assert (result.nodes, result.edges) == (nodes, edges)
    assert (result.looked_at, result.total.value) == (len(SPANS), len(SPANS))


def test_attributes_are_listed(trace_store: TraceStore) -> None:
    fields = {field.name.replace("_", ".") for field in trace_store.fields(TraceQuery(RANGE), 200, soon()).fields}

    assert {"name", "service", "duration", CODE.replace("_", "."), "tenant", "db.system", "host.name", "step"} <= fields


@pytest.mark.parametrize(
    ("field", "prefix"),
    [("name", ""), ("name", "p"), ("service", ""), ("status", ""), ("kind", ""), ("kind", "C"), (CODE, ""),
     (CODE, "5"), ("db.system", "R"), ("tenant", "t-"), ("cached", ""), ("host.name", ""), ("Nope", "")],
)  # fmt: skip
def test_values_are_the_most_frequent_that_begin_so(trace_store: TraceStore, field: str, prefix: str) -> None:
    facet = trace_store.values(TraceQuery(RANGE), field, prefix, 2, soon())
    counts = Counter(word for span in SPANS if (word := value(span, field)).lower().startswith(prefix.lower()) and word)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    assert [(value.value, value.count) for value in facet.values] == ordered[:2]
    assert facet.others == sum(count for _, count in ordered[2:])


def share(spans: Iterable[Span], field: str, word: str) -> int:
    return sum(value(span, field) == word for span in spans)


def test_what_stands_out_is_scored_from_the_counts(trace_store: TraceStore) -> None:
    inside = [span for span in SPANS if span.is_error and span.service == "gateway"]
    selection = TraceQuery(RANGE, service="gateway", status="error")
    outs = trace_store.significant_values(selection, TraceQuery(RANGE), 100, soon())
    scores = {(value.field.replace(".", "_"), value.value): value for value in outs.values}

    assert (outs.selection_total, outs.rest_total) == (len(inside), len(SPANS) - len(inside))
    assert [value.score for value in outs.values] == sorted((value.score for value in outs.values), reverse=True)
    for field, word in ((CODE, "500"), ("status", "error"), ("kind", "server"), ("service", "gateway")):
        item = scores[field.replace(".", "_"), word]
        in_all, selected = share(SPANS, field, word), share(inside, field, word)
        assert (item.in_selection, item.in_rest) == (selected, in_all - selected)
        assert item.score == pytest.approx(jlh(selected, len(inside), in_all, len(SPANS)))
    assert (CODE.replace(".", "_"), "200") not in scores
