"""Lines of OTLP JSON as rows of spans."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.stores.duckdb.otlp import SpanRow, attributes, fault, rows, value_of

SPAN = {"traceId": "0AF7", "spanId": "B7AD", "startTimeUnixNano": "1000", "endTimeUnixNano": "3000", "name": "GET"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def line(*spans: Any, resource: Any = None, scopes: str = "scopeSpans") -> bytes:
    group = {"resource": resource or {}, scopes: [{"scope": {"name": "s"}, "spans": list(spans)}]}
    return orjson.dumps({"resourceSpans": [group]})


def read(**more: Any) -> SpanRow:
    (result,), broken = rows(line({**SPAN, **more}))
    assert broken == 0
    return result


def test_a_span_has_its_columns() -> None:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "gateway"}}]}
    (result,), _ = rows(
        line({**SPAN, "kind": 3, "parentSpanId": "FF", "status": {"code": 2, "message": "no"}}, resource=resource)
    )
    assert result[:12] == ("0af7", "b7ad", "ff", "GET", "gateway", "client", "error", "no", 1000, 2000, "s", "{}")
    assert orjson.loads(result.resource) == {"service.name": "gateway"}


def test_events_and_links_are_kept() -> None:
    event = {
        "timeUnixNano": "1500",
        "name": "exception",
        "attributes": [{"key": "exception.type", "value": {"stringValue": "Boom"}}],
    }
    result = read(events=[event, 7], links=[{"traceId": "AA", "spanId": "BB"}, None])
    assert orjson.loads(result.events) == [[1500, "exception", {"exception.type": "Boom"}]]
    assert orjson.loads(result.links) == [["aa", "bb", {}]]


@pytest.mark.parametrize("parent", ["", "0000000000000000", None])
def test_no_parent_is_a_root(parent: Any) -> None:
    assert read(parentSpanId=parent).parent_id == ""


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (0, ""),
        (2, "server"),
        (5, "consumer"),
        ("SPAN_KIND_PRODUCER", "producer"),
        (9, ""),
        (-1, ""),
        ("odd", ""),
        (None, ""),
        (2.0, ""),
        ([], ""),
    ],
)
def test_kinds_are_numbers_or_names(kind: Any, word: str) -> None:
    assert read(kind=kind).kind == word


@pytest.mark.parametrize(
    ("code", "word"),
    [(0, "unset"), (1, "ok"), (2, "error"), ("STATUS_CODE_ERROR", "error"), (7, "unset"), ({}, "unset")],
)
def test_statuses_are_numbers_or_names(code: Any, word: str) -> None:
    assert read(status={"code": code}).status == word


@pytest.mark.parametrize(
    ("start", "end", "duration"),
    [(1000, 3000, 2000), ("1000", "1000", 0), ("3000", "1000", -2000), (1000, None, 0), (1000, "x", 0), (1000, 0, 0)],
)
def test_durations_are_as_they_were_written(start: Any, end: Any, duration: int) -> None:
    assert read(startTimeUnixNano=start, endTimeUnixNano=end).duration_ns == duration


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({"stringValue": "x"}, "x"),
        ({"intValue": "42"}, 42),
        ({"intValue": 42}, 42),
        ({"boolValue": False}, False),
        ({"doubleValue": 1.5}, 1.5),
        ({"doubleValue": 2.0}, 2),
        ({"bytesValue": "AA=="}, "AA=="),
        ({"intValue": str(2**70)}, str(2**70)),
        ({"intValue": "x"}, "x"),
        ({"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "b"}]}}, [1, "b"]),
        ({"arrayValue": {}}, []),
        ({"kvlistValue": {"values": [{"key": "a", "value": {"boolValue": True}}]}}, {"a": True}),
        ({}, None),
        (None, None),
        ("x", None),
        ({"odd": 1}, None),
    ],
)
def test_typed_values_become_plain(value: Any, plain: Any) -> None:
    assert value_of(value) == plain


def test_nesting_without_end_is_cut() -> None:
    deep: dict[str, Any] = {"stringValue": "bottom"}
    for _ in range(200):
        deep = {"arrayValue": {"values": [deep]}}
    assert orjson.dumps(value_of(deep)).count(b"[") < 15


def test_the_last_of_two_attributes_of_one_name_stands_and_no_pairs_are_none() -> None:
    pair = {"key": "a", "value": {"intValue": "1"}}
    assert attributes([pair, {"key": "a", "value": {"intValue": "2"}}, {"key": 5}, "x", None]) == {"a": 2}
    assert attributes(None) == attributes("x") == attributes({}) == {}


def test_the_older_name_of_scopes_is_understood() -> None:
    assert len(rows(line(SPAN, scopes="instrumentationLibrarySpans"))[0]) == 1


def test_what_is_no_span_is_counted_and_the_others_stay() -> None:
    without = {name: value for name, value in SPAN.items() if name != "traceId"}
    timeless = {**SPAN, "startTimeUnixNano": "later"}
    result, broken = rows(line(SPAN, 7, None, without, timeless, {**SPAN, "startTimeUnixNano": -5}))
    assert (len(result), broken) == (1, 5)


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        (b"{", 1),
        (b"[]", 0),
        (b"null", 1),
        (b"{}", 1),
        (b'{"resourceLogs": []}', 0),
        (b'{"resourceMetrics": []}', 0),
        (b'{"resourceSpans": 5}', 0),
        (b'{"resourceSpans": [5, {"scopeSpans": [{"spans": {}}]}]}', 0),
        (b"\xff", 1),
    ],
)
def test_other_lines_hold_no_spans(text: bytes, broken: int) -> None:
    assert rows(text) == ([], broken)


@given(
    st.dictionaries(st.sampled_from([*SPAN, "kind", "status", "attributes", "events", "links", "parentSpanId"]), JSON)
)
def test_any_values_make_a_row_of_the_right_types_or_none(more: dict[str, Any]) -> None:
    result, broken = rows(line({**SPAN, **more}))
    assert len(result) + broken == 1
    for match in result:
        for name, value in match._asdict().items():
            assert isinstance(value, int if name in ("start_ns", "duration_ns") else str)
        assert abs(match.start_ns + match.duration_ns) < 2**63


REQUEST = orjson.loads(line(SPAN))


@pytest.mark.parametrize(
    "document",
    [
        [REQUEST], [[REQUEST]], {"result": REQUEST}, {"data": [REQUEST]}, {"trace": REQUEST},
        {"batches": REQUEST["resourceSpans"]}, {"trace": {"batches": REQUEST["resourceSpans"]}},
        {"resource_spans": [{"scope_spans": [{"scope": {"name": "s"}, "spans": [{
            "trace_id": "0AF7", "span_id": "B7AD", "start_time_unix_nano": "1000", "end_time_unix_nano": "3000",
            "name": "GET",
        }]}]}]},
    ],
)  # fmt: skip
def test_arrays_and_envelopes_hold_the_same_spans(document: Any) -> None:
    assert rows(orjson.dumps(document)) == rows(line(SPAN))


def test_names_in_snake_case_are_members_and_not_keys_of_attributes() -> None:
    span = {
        "trace_id": "a",
        "span_id": "b",
        "start_time_unix_nano": 1,
        "attributes": [{"key": "user_id", "value": {"int_value": "7"}}],
    }
    (result,), broken = rows(orjson.dumps({"resource_spans": [{"scope_spans": [{"spans": [span]}]}]}))
    assert (orjson.loads(result.attributes), broken) == ({"user_id": 7}, 0)


@pytest.mark.parametrize(
    ("trace_id", "span_id", "parent", "expected"),
    [
        ("W47/95gDgQPSaYzgwiHDQw==", "6uGbfsPBsXM=", "AAAAAAAAAAA=",
         ("5b8efff798038103d2698ce0c221c343", "eae19b7ec3c1b173", "")),
        ("W47_95gDgQPSaYzgwiHDQw", "6uGbfsPBsXM", "6uGbfsPBsXM=",
         ("5b8efff798038103d2698ce0c221c343", "eae19b7ec3c1b173", "eae19b7ec3c1b173")),
        ("5B8EFFF798038103D269B633813FC60C", "EEE19B7EC3C1B174", "0",
         ("5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174", "")),
        ("not an id = at all", "abcdefabcde", "",  ("not an id = at all", "abcdefabcde", "")),
    ],
)  # fmt: skip
def test_ids_in_base64_are_the_same_ids(trace_id: str, span_id: str, parent: str, expected: tuple[str, ...]) -> None:
    result = read(traceId=trace_id, spanId=span_id, parentSpanId=parent)
    assert (result.trace_id, result.span_id, result.parent_id) == expected


@pytest.mark.parametrize(
    ("piece", "reason"),
    [
        (line(SPAN), ""),
        (b'{"resourceLogs": []}', ""),
        (b"{half", "not JSON"),
        (b"\xff\xfe{\0", "UTF-16"),
        (b"\x0a\x00\x12", "binary or compressed"),
        (b'[{"traceId": "a", "id": "b", "localEndpoint": {}}]', "no resourceSpans"),
        (line({**SPAN, "spanId": ""}), "no span id"),
        (line({**SPAN, "startTimeUnixNano": None}), "no start time"),
        (line(7), "not an object"),
    ],
)
def test_what_is_wrong_with_a_piece_is_named(piece: bytes, reason: str) -> None:
    assert reason in fault(piece)
    assert bool(reason) == bool(fault(piece))


@pytest.mark.parametrize("trace_id", [{"000000\x07\x80": None}, "é" * 22, "€" * 11 + "="])
def test_an_id_in_no_known_form_is_kept_as_its_text(trace_id: Any) -> None:
    (result,), broken = rows(line({**SPAN, "traceId": trace_id}))
    assert broken == 0
    assert result.trace_id
