"""Spans that share an id: who is whose parent, which is which, how often a call is counted."""

from __future__ import annotations

import random

import pytest

from queries.traces.arrange import arrange
from queries.traces.identity import distinct, keys, parents, span_id_of, span_of
from queries.traces.service_map import MapSpan, service_edges
from queries.traces.types import Kind, Span, Trace

MS = 1_000_000


def span(span_id: str, parent: str, service: str, kind: Kind, start: float, ms: float, name: str = "") -> Span:
    return Span("t", span_id, parent, name or f"{service} {kind}", service, int(start * MS), int(ms * MS), kind)


# Zipkin's way: the caller's span and the answer share the id 2.
SHARED = (
    span("1", "", "a", "server", 0, 100, "root"),
    span("2", "1", "a", "client", 5, 50, "call"),
    span("2", "1", "b", "server", 10, 40, "serve"),
    span("3", "2", "b", "client", 12, 10, "db"),
)


def tree(spans: list[Span]) -> dict[str, str]:
    """The name of each span's parent by its own."""
    result = arrange(Trace("t", tuple(spans)))
    return {
        span.name: result.spans[parent].name if parent >= 0 else ""
        for span, parent in zip(result.spans, result.parent, strict=True)
    }


@pytest.mark.parametrize("seed", range(6))
def test_the_answer_lies_below_the_call_whatever_the_order_of_writing(seed: int) -> None:
    spans = list(SHARED)
    random.Random(seed).shuffle(spans)
    assert tree(spans) == {"root": "", "call": "root", "serve": "call", "db": "serve"}
    assert not any("same id" in note for note in arrange(Trace("t", tuple(spans))).notes)


def test_what_the_client_does_itself_stays_below_the_client() -> None:
    inner = span("4", "2", "a", "internal", 6, 2, "dns")
    assert tree([*SHARED, inner])["dns"] == "call"


def test_an_answer_belongs_to_the_call_that_holds_it() -> None:
    calls = [span("2", "1", "a", "client", start, 20, f"try {start}") for start in (5, 40)]
    answers = [span("2", "1", "b", "server", start, 10, f"answer {start}") for start in (10, 45)]
    result = tree([SHARED[0], *calls, *answers])
    assert (result["answer 10"], result["answer 45"]) == ("try 5", "try 40")


def test_two_answers_of_one_call_lie_both_below_it() -> None:
    again = span("2", "1", "b", "server", 30, 5, "again")
    assert tree([*SHARED, again])["again"] == "call"


def test_a_lost_client_leaves_the_answer_below_the_caller() -> None:
    assert tree([SHARED[0], *SHARED[2:]]) == {"root": "", "serve": "root", "db": "serve"}


def test_each_span_has_a_key_that_gives_it_back() -> None:
    result = arrange(Trace("t", SHARED))
    assert len(set(result.keys)) == 4
    for key, item in zip(result.keys, result.spans, strict=True):
        assert span_of([other for other in SHARED if other.span_id == span_id_of(key)], key) == item


def test_an_id_alone_gives_the_first_and_an_unknown_one_none() -> None:
    assert span_of(SHARED[1:3], "2") == SHARED[1]
    assert span_of(SHARED[1:3], "2.9") == SHARED[1]
    assert span_of([], "2") is None


def test_spans_written_twice_keep_their_keys() -> None:
    assert keys(distinct([*SHARED, *SHARED])) == keys(distinct(SHARED)) == ["1", "2", "2.1", "3"]


def test_same_ids_in_other_traces_are_no_parents() -> None:
    result = parents(
        [MapSpan("x", "1", "", "a", "client", 1, False, ""), MapSpan("y", "2", "1", "b", "server", 1, False, "")]
    )
    assert result == [-1, -1]


@pytest.mark.parametrize("peer", ["", "b", "b.internal"])
def test_the_map_counts_one_call_for_a_shared_id(peer: str) -> None:
    mapped = [
        MapSpan(
            span.trace_id,
            span.span_id,
            span.parent_id,
            span.service,
            span.kind,
            span.duration_ns,
            span.is_error,
            {"call": peer, "db": "redis"}.get(span.name, ""),
            span.start_ns,
        )
        for span in SHARED
    ]
    _, edges = service_edges(mapped)
    assert {(edge.source, edge.target): (edge.calls, edge.p50_ns) for edge in edges} == {
        ("a", "b"): (1, 50 * MS),
        ("b", "redis"): (1, 10 * MS),
    }
