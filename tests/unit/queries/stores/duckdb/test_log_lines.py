"""Log files as foreign writers make them: every record is a line with its time, level, message and exception."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from queries.logs.types import LEVELS
from queries.stores.duckdb.clef import Row, render
from queries.stores.duckdb.follow import LINES_OR_OBJECTS
from queries.stores.duckdb.log_lines import fault, rows

AT = 1_790_000_000 * 10**9


def read(result: Any) -> Row:
    (row,), broken = rows(result if isinstance(result, bytes) else orjson.dumps(result))
    assert broken == 0
    return row


def level(row: Row) -> str:
    return LEVELS[row.level - 1] if row.level else ""


def test_a_byte_order_mark_hides_no_line() -> None:
    line = b'\xef\xbb\xbf{"@t": "2026-09-21T14:13:20Z", "@mt": "first"}'
    assert read(line).message == "first"


@pytest.mark.parametrize(
    ("template", "message"),
    [("{{x}}", "{x}"), ("{{{A}}}", "{1}"), ("{{A}} is {A}", "{A} is 1"), ("}}", "}"), ("100 %}} {A}", "100 %} 1")],
)
def test_doubled_braces_of_a_template_stand_for_one(template: str, message: str) -> None:
    assert render(template, {"A": 1}) == message


def test_a_level_or_a_message_of_null_is_as_if_it_were_absent() -> None:
    row = read({"@t": "2026-09-21T14:13:20Z", "@l": None, "@m": None, "@mt": "x {A}", "A": 1})
    assert (level(row), row.message) == ("Information", "x 1")


RECORD = {
    "timeUnixNano": str(AT + 5),
    "severityNumber": 17,
    "severityText": "ERROR",
    "body": {"stringValue": "late"},
    "attributes": [
        {"key": "exception.type", "value": {"stringValue": "TimeoutError"}},
        {"key": "exception.stacktrace", "value": {"stringValue": "Traceback\nTimeoutError: late"}},
        {"key": "n", "value": {"intValue": "7"}},
    ],
    "traceId": "a" * 32,
    "spanId": "qqqqqqqqqqo=",
}
RESOURCE = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
LOGS = {"resourceLogs": [{"resource": RESOURCE, "scopeLogs": [{"scope": {"name": "pay"}, "logRecords": [RECORD] * 3}]}]}


@pytest.mark.parametrize("result", [LOGS, {"result": LOGS}], ids=["as it is", "in an envelope"])
def test_records_of_otlp_are_lines(result: Any) -> None:
    listed, broken = rows(orjson.dumps(result))

    assert (len(listed), broken) == (3, 0)
    row = listed[0]
    assert (row.at_ns, level(row), row.message, row.service, row.logger) == (AT + 5, "Error", "late", "shop", "pay")
    assert (row.trace_id, row.span_id, row.failure_kind) == ("a" * 32, "aa" * 8, "TimeoutError")
    assert row.failure == "Traceback\nTimeoutError: late"
    assert orjson.loads(row.fields)["n"] == 7


@pytest.mark.parametrize("indent", [None, orjson.OPT_INDENT_2])
def test_a_file_of_one_document_is_read(indent: int | None) -> None:
    data = orjson.dumps([LOGS, LOGS], option=indent)
    pieces = LINES_OR_OBJECTS.split(data, 0, True).pieces
    assert [len(rows(piece)[0]) for piece in pieces] == [3, 3]


def test_a_record_without_a_severity_number_has_the_level_of_its_word() -> None:
    record = {"observedTimeUnixNano": str(AT), "severityNumber": "SEVERITY_NUMBER_WARN2", "eventName": "user.login"}
    row = read({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})
    assert (row.at_ns, level(row), row.message) == (AT, "Warning", "user.login")


def test_spans_and_metrics_beside_logs_are_not_broken_lines() -> None:
    assert rows(b'{"resourceSpans": []}') == ([], 0)
    assert rows(b'{"resourceMetrics": []}') == ([], 0)


FOREIGN = {
    "ecs": ({"@timestamp": "2026-09-21T14:13:20.000Z", "log.level": "warn", "message": "m", "ecs.version": "1.6.0",
             "service.name": "s", "error.type": "E", "error.message": "e", "trace.id": "t"}, "Warning"),
    "pino": ({"level": 50, "time": 1_790_000_000_000, "pid": 1, "hostname": "h", "msg": "m",
              "err": {"type": "E", "message": "e", "stack": "E: e\n at x"}}, "Error"),
    "bunyan": ({"v": 0, "level": 30, "time": "2026-09-21T14:13:20.000Z", "msg": "m", "hostname": "h"}, "Information"),
    "zap": ({"level": "info", "ts": 1_790_000_000.0, "logger": "l", "msg": "m"}, "Information"),
    "zerolog": ({"level": "error", "time": 1_790_000_000, "message": "m"}, "Error"),
    "python": ({"levelname": "x", "level": "CRITICAL", "asctime": "2026-09-21 14:13:20,000", "message": "m"}, "Fatal"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_lines_of_other_writers_are_read(name: str) -> None:
    result, expected = FOREIGN[name]
    row = read(result)
    assert (row.at_ns, level(row), row.message) == (AT, expected, "m")
    assert row.failure_kind == ("E" if name in ("ecs", "pino") else "")


def test_an_unknown_object_with_a_time_keeps_its_fields() -> None:
    row = read({"timestamp": "2026-09-21T14:13:20Z", "temperature": 21.5, "room": {"name": "attic"}})
    assert orjson.loads(row.fields) == {"temperature": 21.5, "room.name": "attic"}


def test_exceptions_within_exceptions_are_part_of_the_stack() -> None:
    row = read(
        {
            "@timestamp": "2026-09-21T14:13:20Z",
            "processor": {"event": "error"},
            "error": {"exception": [{"type": "Outer", "message": "o"}, {"type": "Inner", "message": "i"}]},
        }
    )
    assert (level(row), row.failure_kind, row.failure) == ("Error", "Outer", "Outer: o\n ---> Inner: i")


@pytest.mark.parametrize(
    ("piece", "reason"),
    [
        (b"\xff\xfe{\x00", "UTF-16"),
        (b"\x00\x01", "binary"),
        (b"plain text", "not JSON"),
        (b"5", "not an object"),
        (b'{"message": "x"}', "no readable time"),
        (b'{"@t": "2026-09-21T14:13:20Z"}', ""),
    ],
)
def test_what_is_wrong_with_a_piece_is_said(piece: bytes, reason: str) -> None:
    assert reason in fault(piece)
    assert bool(fault(piece)) == bool(reason)
