"""The trace pages over real files: what they list, where they lead, and hostile data as text."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest

from pages.compare import page as compare
from pages.endpoint import page as endpoint
from pages.endpoint.time_shares import time_shares
from pages.service_map import page as service_map
from pages.session import Session
from pages.trace import page as trace
from pages.trace.details import span_detail
from pages.trace.load import load_span, load_tree
from pages.trace.view import ERROR
from pages.traces import page as traces
from queries.core.errors import InvalidInput
from queries.search.grammar import GrammarError
from queries.traces.types import Span
from tests.unit.pages.traces_kit import HOSTILE, failed, request, session, span, url


@pytest.fixture
def some(tmp_path: Path) -> Session:
    """Eleven requests, three of which failed; one is slow."""
    spans = [span for number in range(1, 8) for span in request(number)]
    return session(tmp_path, [*spans, *failed(8), *failed(9), *request(10, 900), *failed(11)])


def text(html: str) -> str:
    """What a reader sees."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def data(html: str) -> dict[str, object]:
    match = re.search(r'id="trace-data">(.*?)</script>', html)
    assert match
    read: dict[str, object] = orjson.loads(match[1])
    return read


def test_whole_requests_are_listed_first_and_every_span_on_demand(some: Session) -> None:
    requests = traces.render(url(), some).parts["list"]
    every = traces.render(url(**{"in": "spans"}), some).parts["list"]

    assert "11 traces" in requests
    assert "GET key" not in text(requests)
    assert "GET key" in text(every)


def test_status_duration_and_text_narrow_the_list(some: Session) -> None:
    assert "3 traces" in traces.render(url(status="error"), some).parts["list"]
    assert "1 trace<" in traces.render(url(min="500"), some).parts["list"]
    assert "3 traces" in traces.render(url(code="5xx"), some).parts["list"]
    assert "3 traces" in traces.render(url(q="fault:injected"), some).parts["list"]
    assert "11 traces" in traces.render(url(peer="redis"), some).parts["list"]


def test_an_empty_list_says_what_to_loosen(some: Session) -> None:
    assert "remove a filter" in traces.render(url(op="nobody"), some).parts["list"]


def test_a_search_that_cannot_be_understood_points_at_the_character(some: Session) -> None:
    with pytest.raises(GrammarError) as caught:
        traces.render(url(q="name:"), some)
    assert caught.value.position == 5


def test_shortest_above_longest_is_refused(some: Session) -> None:
    with pytest.raises(InvalidInput, match="longer than the longest"):
        traces.render(url(min="9", max="3"), some)


def test_what_is_different_names_the_tag_that_only_the_failing_carry(some: Session) -> None:
    section = text(traces.render(url(diff="failing"), some).parts["different"])

    assert "fault injected" in section
    assert "100 % of these" in section
    assert "0 % of the others" in section


def test_where_everything_fails_there_is_said_to_be_nothing_to_compare_with(tmp_path: Path) -> None:
    broken = session(tmp_path, [*failed(1), *failed(2), *failed(3)])
    section = text(traces.render(url(diff="failing"), broken).parts["different"])

    assert "no others to compare them with" in section
    assert "the same tags" not in section


def test_an_endpoint_shows_where_its_time_goes_and_its_failing_traces(some: Session) -> None:
    parts = endpoint.render(url("/endpoint", endpoint="/v1/chat"), some).parts

    assert "redis" in text(parts["share"])
    assert text(parts["failing"]).count("POST /v1/chat") == 3
    assert "does not know where the logs are" in text(parts["errors"])  # one part fails, the others stand


def test_failures_of_which_all_are_kept_do_not_hide_where_the_time_usually_goes(tmp_path: Path) -> None:
    """A sample keeps every failure and a share of the rest."""
    spans = [*request(1, 100), *(span for number in range(2, 40) for span in failed(number))]
    section = text(endpoint.render(url("/endpoint", endpoint="/v1/chat"), session(tmp_path, spans)).parts["share"])

    assert "50 ms" in section
    assert "the newest 1 trace without errors" in section


def test_where_all_fail_the_failures_are_what_there_is(tmp_path: Path) -> None:
    broken = session(tmp_path, [*failed(1), *failed(2)])
    section = text(endpoint.render(url("/endpoint", endpoint="/v1/chat"), broken).parts["share"])

    assert "2 traces that were kept, all with errors" in section


def test_an_endpoint_whose_caller_is_traced_too_has_its_requests(tmp_path: Path) -> None:
    """The root is the caller's; what the endpoint was asked is its server span."""
    route = {"http.route": "/v1/chat", "http.response.status_code": 200}
    known = session(
        tmp_path,
        [
            span(1, "call", service="Load", kind="client", ms=120, attributes={"http.route": "/v1/chat"}),
            span(2, "POST /v1/chat", parent=1, ms=100, kind="server", attributes=route),
        ],
    )
    parts = endpoint.render(url("/endpoint", endpoint="/v1/chat"), known).parts
    listed = traces.render(url(endpoint="/v1/chat"), known).parts
    of_service = traces.render(url(service="Gateway"), known).parts

    assert "POST /v1/chat" in text(parts["slowest"])
    assert "100 ms" in text(parts["share"])
    assert "1 trace<" in listed["list"]
    assert "1 span" in listed["scatter"]
    assert "1 trace<" in of_service["list"]


def test_the_slowest_twentieth_is_one_of_all_that_match(tmp_path: Path) -> None:
    quick = [span for number in range(1, 91) for span in request(number, 10)]
    slow = [
        span(n * 10, "POST /v1/slow", trace=n, at_ms=n * 1_000, ms=500 + n, attributes={"why": "lock"})
        for n in range(91, 101)
    ]
    section = text(traces.render(url(diff="slow"), session(tmp_path, [*quick, *slow])).parts["different"])

    assert "why lock 100 % of these" in section
    assert "6 of them, 94 others" in section


def test_a_search_beside_a_status_code_is_judged_by_itself(some: Session) -> None:
    with pytest.raises(GrammarError) as caught:
        traces.render(url(q="status:", code="500"), some)
    assert caught.value.position == 7
    with pytest.raises(GrammarError):
        traces.render(url(q="a) OR (b", code="500"), some)


def test_time_below_a_call_counts_for_who_was_called(tmp_path: Path) -> None:
    spans = [
        span(1, ms=100),
        span(2, "chat", parent=1, ms=60, kind="client", attributes={"gen_ai.provider.name": "openai"}),
        span(3, "serve", parent=2, ms=50, service="Providers"),
    ]
    tree = load_tree(f"{1:032x}", session(tmp_path, spans))
    shares = {part.name: round(part.share, 2) for part in time_shares([tree])}

    assert shares == {"openai": 0.6, "its own work": 0.4}


def test_a_trace_arrives_as_columns_in_tree_order(some: Session) -> None:
    columns = data(trace.render(url("/trace", id=f"{8:032x}"), some).parts["spans"])
    spans = columns["spans"]
    assert isinstance(spans, dict)

    assert columns["names"] == ["POST /v1/chat", "GET key"]
    assert spans["parent"] == [-1, 0]
    assert spans["duration"] == [20_000, 10_000]
    assert spans["flags"][0] & ERROR


def test_an_exception_shows_its_stack_as_text(some: Session) -> None:
    html = span_detail(url("/trace"), load_span(f"{8:032x}", f"{81:016x}", some))

    assert "Boom" in html
    assert "at line 1" in html
    assert "<script>" not in html


@pytest.mark.parametrize("trace_id", ["", "../../etc", "<script>", "0" * 65, "f" * 32])
def test_an_id_of_no_trace_is_said(some: Session, trace_id: str) -> None:
    with pytest.raises(InvalidInput):
        trace.render(url("/trace", id=trace_id), some)


def test_a_slow_trace_is_compared_with_a_typical_one(some: Session) -> None:
    parts = compare.render(url("/compare", a=f"{10:032x}"), some).parts

    assert "A typical one" in parts["pair"]
    assert re.search(r"POST /v1/chat .*?\+44\d ms", text(parts["differences"]))


def test_the_typical_trace_itself_is_compared_with_the_next_best(tmp_path: Path) -> None:
    two = session(tmp_path, [*request(1), *request(2, 30)])

    for number in (1, 2):
        assert "A typical one" in compare.render(url("/compare", a=f"{number:032x}"), two).parts["pair"]


def test_a_trace_without_a_fellow_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no other trace"):
        compare.render(url("/compare", a=f"{1:032x}"), session(tmp_path, request(1)))


def test_the_map_shows_calls_and_where_they_fail(some: Session) -> None:
    parts = service_map.render(url("/map"), some).parts
    assert "redis" in text(parts["map"])
    assert "11 · p95" in text(parts["map"])
    assert re.search(r"redis from Gateway 11 [0-9.]+/s 0 %", text(parts["edges"]))


def test_a_circle_of_services_is_still_laid_out(tmp_path: Path) -> None:
    spans = [
        span(1, service="A"),
        span(2, parent=1, service="B"),
        span(3, parent=2, service="C"),
        span(4, parent=3, service="A"),
        span(5, parent=4, service="B"),
    ]
    picture = service_map.render(url("/map"), session(tmp_path, spans)).parts["map"]
    assert all(f">{name}<" in picture for name in "ABC")


ODD: dict[str, list[Span]] = {
    "hostile names": [span(1, HOSTILE, service=HOSTILE, attributes={HOSTILE: HOSTILE}, resource={HOSTILE: HOSTILE})],
    "a circle": [span(1, parent=2), span(2, parent=1)],
    "its own parent": [span(1, parent=1)],
    "no root": [span(2, parent=1), span(3, parent=1)],
    "nothing took time": [span(1, ms=0), span(2, parent=1, ms=0)],
    "negative duration": [span(1, ms=-5), span(2, parent=1, ms=-1)],
    "the future": [span(1, at_ms=500_000)],
    "the same id twice": [span(1), span(1, "again")],
    "no name": [span(1, "", service="")],
}


@pytest.mark.parametrize("name", ODD)
def test_odd_traces_are_shown_on_every_page(name: str, tmp_path: Path) -> None:
    stores = session(tmp_path, ODD[name])
    listed = traces.render(url(**{"in": "spans"}), stores).parts["list"]
    trace_parts = trace.render(url("/trace", id=f"{1:032x}"), stores).parts
    detail = span_detail(url("/trace"), load_span(f"{1:032x}", ODD[name][0].span_id, stores))
    whole = [listed, *trace_parts.values(), detail, *service_map.render(url("/map"), stores).parts.values()]

    assert "1 trace" in listed
    assert len(data(trace_parts["spans"])["spans"]["id"]) == len(ODD[name])  # type: ignore[index]
    assert not any("<script>alert" in part for part in whole)


def test_what_was_mended_is_said(tmp_path: Path) -> None:
    head = trace.render(url("/trace", id=f"{1:032x}"), session(tmp_path, ODD["no root"])).parts["head"]
    assert "root span is missing" in head


def test_files_of_the_collector_are_read_too(tmp_path: Path) -> None:
    stores = session(tmp_path, request(1))
    (tmp_path / "traces-20260921.jsonl").rename(tmp_path / "traces.json")
    assert "1 trace" in traces.render(url(), stores).parts["list"]
