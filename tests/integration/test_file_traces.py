"""The embedded trace store on what files really hold: odd spans, hostile text, broken lines, files that change."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from queries.core.deadline import Deadline
from queries.core.errors import InvalidInput, QueryRejected
from queries.search.results import Filter, Range
from queries.stores.duckdb import ingest, trace_tops
from queries.stores.duckdb.traces import FileTraceSettings, FileTraceStore
from queries.traces.types import Sort, TracePaging, TraceQuery
from tests.unit.pages import traces_kit as traces

pytestmark = pytest.mark.integration

SPANS = Range.of_seconds(traces.START - 60, traces.START + 3_600)
HOSTILE = traces.HOSTILE


def soon() -> Deadline:
    return Deadline.after(20)


ODD: dict[str, Callable[[], list[Any]]] = {
    "a circle of parents": lambda: [traces.span(1, parent=2), traces.span(2, parent=1)],
    "no time at all": lambda: [traces.span(1, ms=0)],
    "an end before its start": lambda: [traces.span(1, ms=-7)],
    "hostile names": lambda: [traces.span(1, HOSTILE, service=HOSTILE, attributes={HOSTILE: HOSTILE})],
    "no name and no service": lambda: [traces.span(1, "", service="")],
    "its own parent": lambda: [traces.span(1, parent=1)],
    "ten thousand days": lambda: [traces.span(1, ms=86_400_000 * 1e4)],
    "five thousand attributes": lambda: [traces.span(1, attributes={f"a{n}": n for n in range(5_000)})],
    "a megabyte of an attribute": lambda: [traces.span(1, attributes={"sql": "x" * 1_000_000})],
    "control characters": lambda: [traces.span(1, "".join(map(chr, range(32))), attributes={"\x00": "\x00"})],
}


@pytest.mark.parametrize("name", ODD)
def test_odd_spans_are_found_counted_and_given_back(name: str, tmp_path: Path) -> None:
    spans = ODD[name]()
    traces.write(tmp_path, spans)
    store = FileTraceStore(FileTraceSettings(tmp_path, memory_mb=64))
    query = TraceQuery(SPANS)

    assert store.search(query, TracePaging(), soon()).total.value == 1
    assert len(store.scatter(query, 10, soon()).dots) == len(spans)
    assert sum(service.spans for service in store.services(query, 10, soon()).services) == len(spans)
    result = store.trace(spans[0].trace_id, soon()).spans
    assert [(match.name, match.duration_ns, match.attributes) for match in result] == [
        (span.name, span.duration_ns, span.attributes) for span in sorted(spans, key=lambda span: span.span_id)
    ]
    store.service_map(SPANS, soon())


def test_broken_lines_of_traces_are_skipped_and_counted(tmp_path: Path) -> None:
    path = traces.write(tmp_path, traces.request(1))
    with path.open("ab") as file:
        file.write(b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "without ids"}, 7]}]}]}\n{half\n')
        file.write(b'{"resourceLogs": []}\n')
    result = FileTraceStore(FileTraceSettings(tmp_path, memory_mb=64)).search(TraceQuery(SPANS), TracePaging(), soon())
    assert result.total.value == 1
    assert any("3 broken lines" in note for note in result.quality.notes)


def test_a_span_is_read_once_its_line_is_whole(tmp_path: Path) -> None:
    path = traces.write(tmp_path, traces.request(1))
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    store = FileTraceStore(FileTraceSettings(tmp_path, memory_mb=64))
    assert len(store.scatter(TraceQuery(SPANS), 10, soon()).dots) == 1
    with path.open("ab") as file:
        file.write(whole[-30:])
    time.sleep(0.3)
    assert len(store.trace(f"{1:032x}", soon()).spans) == 2


@pytest.mark.parametrize("change", ["truncated", "replaced", "deleted"])
def test_files_of_traces_may_change_under_the_reader(tmp_path: Path, change: str) -> None:
    path = traces.write(tmp_path, traces.request(1))
    store = FileTraceStore(FileTraceSettings(tmp_path, memory_mb=64))
    assert store.search(TraceQuery(SPANS), TracePaging(), soon()).total.value == 1
    if change == "replaced":
        traces.write(tmp_path, [*traces.request(2), *traces.request(3)])
    else:
        path.write_bytes(b"") if change == "truncated" else path.unlink()
    time.sleep(0.3)
    result = store.search(TraceQuery(SPANS), TracePaging(), soon())
    assert [trace.trace_id for trace in result.traces] == ([f"{3:032x}", f"{2:032x}"] if change == "replaced" else [])


def test_no_folder_of_traces_is_an_empty_answer_that_says_so(tmp_path: Path) -> None:
    store = FileTraceStore(FileTraceSettings(tmp_path / "nowhere", memory_mb=64))
    page = store.search(TraceQuery(SPANS), TracePaging(), soon())
    assert (page.traces, page.quality.notes) == ((), ("There are no trace files.",))
    assert store.service_map(SPANS, soon()).nodes == ()
    assert store.typical(TraceQuery(SPANS), "", soon()) is None


def test_a_span_written_twice_is_shown_once_in_the_scatter(tmp_path: Path) -> None:
    traces.write(tmp_path, [*traces.request(1), *traces.request(1)])
    store = FileTraceStore(FileTraceSettings(tmp_path, memory_mb=64))
    assert len(store.scatter(TraceQuery(SPANS), 10, soon()).dots) == 2
    assert store.search(TraceQuery(SPANS), TracePaging(), soon()).total.value == 1


def test_attributes_named_as_columns_pointers_and_statements_are_attributes(tmp_path: Path) -> None:
    names = [
        "a.b",
        "a/b",
        "a~b",
        "a'b",
        'a"b',
        "$.x",
        "start_ns",
        "attributes",
        "*",
        "'; DROP TABLE spans; --",
        "?",
        "",
    ]
    traces.write(tmp_path, [traces.span(1, attributes={name: f"is {name}" for name in names}), traces.span(2, trace=2)])
    store = FileTraceStore(FileTraceSettings(tmp_path, memory_mb=64))
    for name in names:
        query = TraceQuery(SPANS, filters=(Filter(name, (f"is {name}",)),))
        assert store.search(query, TracePaging(), soon()).total.value == 1, name
        assert [value.value for value in store.values(TraceQuery(SPANS), name, "", 5, soon()).values] == [f"is {name}"]
    assert store.significant_values(TraceQuery(SPANS), TraceQuery(SPANS), 50, soon()).selection_total == 2


def test_pages_of_traces_follow_each_other_without_gaps(tmp_path: Path) -> None:
    spans = [span for number in range(1, 26) for span in traces.request(number, ms=10 + number % 5)]
    traces.write(tmp_path, spans)
    store = FileTraceStore(FileTraceSettings(tmp_path, memory_mb=64))
    sorts: tuple[Sort, ...] = ("newest", "oldest", "slowest", "fastest")
    for sort in sorts:
        trace_ids: list[str] = []
        cursor = ""
        while True:
            page = store.search(TraceQuery(SPANS), TracePaging(7, sort, cursor), soon())
            trace_ids += [trace.trace_id for trace in page.traces]
            cursor = page.next
            if not cursor:
                break
        assert len(trace_ids) == len(set(trace_ids)) == 25


def test_a_cursor_that_is_none_is_refused(tmp_path: Path) -> None:
    traces.write(tmp_path, traces.request(1))
    store = FileTraceStore(FileTraceSettings(tmp_path, memory_mb=64))
    with pytest.raises((InvalidInput, QueryRejected)):
        store.search(TraceQuery(SPANS), TracePaging(cursor="'; DROP TABLE spans; --"), soon())


def pretty(result: list[dict[str, Any]]) -> str:
    return "\n".join(json.dumps(match, indent=2) for match in result)


LAYOUTS: dict[str, Callable[[list[dict[str, Any]]], str]] = {
    "pretty-printed": pretty,
    "an array": json.dumps,
    "a pretty-printed array": lambda result: json.dumps(result, indent=4),
    "arrays by line": lambda result: "".join(json.dumps([match]) + "\n" for match in result),
    "an envelope by line": lambda result: "".join(json.dumps({"result": match}) + "\n" for match in result),
    "no newline at the end": lambda result: "\n".join(map(json.dumps, result)),
    "a byte order mark": lambda result: "\ufeff" + "\n".join(map(json.dumps, result)) + "\n",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_traces_are_read_in_every_layout_of_a_file(tmp_path: Path, layout: str) -> None:
    results = [traces.encoded(span) for span in (*traces.request(1), *traces.request(2))]
    (tmp_path / "traces-1.json").write_text(LAYOUTS[layout](results))
    store = FileTraceStore(FileTraceSettings(tmp_path, memory_mb=64))
    page = store.search(TraceQuery(SPANS), TracePaging(), soon())
    assert (page.total.value, page.quality.notes) == (2, ())
    assert [len(store.trace(trace.trace_id, soon()).spans) for trace in page.traces] == [2, 2]


def test_lines_go_on_behind_a_last_line_without_newline(tmp_path: Path) -> None:
    first, second = ([traces.encoded(span) for span in traces.request(number)] for number in (1, 2))
    path = tmp_path / "traces-1.jsonl"
    path.write_text("\n".join(map(json.dumps, first)))
    store = FileTraceStore(FileTraceSettings(tmp_path, memory_mb=64))
    assert store.search(TraceQuery(SPANS), TracePaging(), soon()).total.value == 1
    with path.open("a") as file:
        file.write("\n" + "\n".join(map(json.dumps, second)))
    time.sleep(0.3)
    assert store.search(TraceQuery(SPANS), TracePaging(), soon()).total.value == 2


def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    traces.write(tmp_path, traces.request(1))
    (tmp_path / "traces-secret.jsonl").write_text("x")
    (tmp_path / "traces-zipkin.json").write_text('[{"traceId": "a", "id": "b", "localEndpoint": {}}]\n')
    (tmp_path / "traces-wide.json").write_bytes('{"resourceSpans": []}\n'.encode("utf-16"))
    half = tmp_path / "traces-half.jsonl"
    half.write_text('{"resourceSpans": [')
    os.utime(half, (1, 1))
    opened = Path.open

    def refuse(path: Path, *more: Any) -> Any:
        if "secret" in path.name:
            raise PermissionError(13, "Permission denied")
        return opened(path, *more)

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(ingest, "NAMED", 9)
    page = FileTraceStore(FileTraceSettings(tmp_path, memory_mb=64)).search(TraceQuery(SPANS), TracePaging(), soon())
    assert page.total.value == 1
    assert sorted(page.quality.notes) == sorted(
        [
            "traces-secret.jsonl cannot be read: Permission denied.",
            "1 broken line of traces-zipkin.json was skipped: it has no resourceSpans, so it is not OTLP JSON.",
            "1 broken line of traces-wide.json was skipped: it is UTF-16; write it as UTF-8.",
            "The end of traces-half.jsonl is not complete: 19 bytes were not read.",
        ]
    )


def test_of_many_files_that_cannot_be_read_the_rest_is_counted(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"traces-{number}.jsonl").write_text("no JSON\n")
    page = FileTraceStore(FileTraceSettings(tmp_path, memory_mb=64)).search(TraceQuery(SPANS), TracePaging(), soon())
    assert page.quality.notes[-1] == "2 more files could not be read in whole."


def test_failing_traces_without_a_root_are_in_the_default_list(tmp_path: Path) -> None:
    outside = traces.span(7, "GET /x", trace=5, parent=255, kind="server", status="error")
    below = traces.span(8, "inner", trace=5, parent=7, status="error")
    traces.write(tmp_path, [*traces.request(1), outside, below, traces.span(9, "itself", trace=6, parent=9)])
    store = FileTraceStore(FileTraceSettings(tmp_path, memory_mb=64))
    page = store.search(TraceQuery(SPANS, only="roots"), TracePaging(sort="oldest"), soon())
    assert [(trace.matched_name, trace.has_root) for trace in page.traces] == [
        ("GET /x", False),
        ("itself", False),
        ("POST /v1/chat", True),
    ]
    failed = store.search(TraceQuery(SPANS, only="roots", status="error"), TracePaging(), soon())
    assert [trace.matched_name for trace in failed.traces] == ["GET /x"]


def test_a_root_that_comes_later_takes_the_place_of_its_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_tops, "PAUSE", 0)
    root, child = traces.request(1)
    path = traces.write(tmp_path, [child])
    store = FileTraceStore(FileTraceSettings(tmp_path, memory_mb=64))
    requested = TraceQuery(SPANS, only="roots")
    assert [trace.matched_name for trace in store.search(requested, TracePaging(), soon()).traces] == ["GET key"]
    with path.open("ab") as file:
        file.write(json.dumps(traces.encoded(root)).encode() + b"\n")
    time.sleep(0.3)
    assert [trace.matched_name for trace in store.search(requested, TracePaging(), soon()).traces] == ["POST /v1/chat"]
