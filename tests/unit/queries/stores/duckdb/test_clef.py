"""Lines of compact JSON as rows."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.logs.types import LEVELS
from queries.stores.duckdb.clef import LONGEST_MESSAGE, Row, failure_kind, render, row
from queries.stores.values import nanoseconds

DOTNET = (
    "System.Net.Http.HttpRequestException: refused (host:80)\n ---> System.IO.IOException: closed\n"
    "   at A.B() in C.cs:line 5"
)
PYTHON = (
    'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: bad\n\nDuring handling\n\nKeyError: 1\n'
)
LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(-1e300, 1e300) | st.text()
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=15,
)


def read(**event: Any) -> Row:
    result = row(
        orjson.dumps({"@t": "2026-01-01T00:00:00Z", **{f"@{k}" if len(k) < 3 else k: v for k, v in event.items()}})
    )
    assert result is not None
    return result


@pytest.mark.parametrize(
    ("text", "nanos"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("1970-01-01T00:00:00.123456789Z", 123_456_789),
        ("1970-01-01T00:00:00.1234567891234Z", 123_456_789),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1970-01-01T02:00:00+0200", 0),
        ("1970-01-01 00:00:01", 1_000_000_000),
        ("1969-12-31T23:59:59.5Z", -500_000_000),
        ("2249-12-31T23:59:59Z", 8_835_955_199_000_000_000),
        ("2250-01-01T00:00:00Z", None),
        ("1000-01-01T00:00:00Z", None),
        ("2026-13-01T00:00:00Z", None),
        ("2026-02-30T00:00:00Z", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1_790_000_000, None),
        ([], None),
        ("2026-01-01", None),
        ("2026-01-01T00:00:00+99:99", None),
    ],
)
def test_a_time_is_nanoseconds_or_none(text: Any, nanos: int | None) -> None:
    assert nanoseconds(text) == nanos


@pytest.mark.parametrize(
    ("template", "properties", "message"),
    [
        ("Took {Ms} ms", {"Ms": 12}, "Took 12 ms"),
        ("Took {Ms:0.0} ms", {"Ms": 12}, "Took 12.0 ms"),
        ("Took {Ms:0.00} ms", {"Ms": 1234.5678}, "Took 1234.57 ms"),
        ("Run {N:000}", {"N": 7}, "Run 007"),
        ("Took {Ms:.2f} ms", {"Ms": 12.345}, "Took 12.35 ms"),
        ("{A} {B}", {"A": 1}, "1 {B}"),
        ("{@Deep}", {"Deep": {"a": [1, True]}}, '{"a":[1,true]}'),
        ("{$Text}", {"Text": "x"}, "x"),
        ("{Text,-10}|", {"Text": "x"}, "x|"),
        ("{Wide:9999999}", {"Wide": 1}, "1"),
        ("{A}", {"A": "{B}", "B": "never"}, "{B}"),
        ("no holes", {}, "no holes"),
        ("{", {}, "{"),
        ("{}", {"": 1}, "{}"),
    ],
)
def test_a_template_is_filled_once(template: str, properties: dict[str, Any], message: str) -> None:
    assert render(template, properties) == message


@pytest.mark.parametrize(
    ("stack", "kind"),
    [
        (DOTNET, "HttpRequestException"),
        (PYTHON, "KeyError"),
        ("", ""),
        ("it broke", ""),
        ("asyncio.exceptions.CancelledError", "CancelledError"),
        ("x" * 100_000, ""),
    ],
)
def test_the_class_of_a_failure_is_read_from_its_stack(stack: str, kind: str) -> None:
    assert failure_kind(stack) == kind


def test_what_has_no_level_is_information() -> None:
    assert LEVELS[read(mt="x").level - 1] == "Information"
    assert LEVELS[read(mt="x", l=4).level - 1] == "Error"
    assert (read(mt="x", l="AUDIT").level, read(mt="x", l="AUDIT").raw_level) == (0, "AUDIT")


def test_a_rendered_message_is_taken_before_the_template() -> None:
    assert read(m="as shown", mt="{A}", Aaa=1).message == "as shown"
    assert read(mt="{Aaa}", Aaa=1).message == "1"


def test_a_doubled_at_is_a_property_and_a_single_one_is_not() -> None:
    fields = orjson.loads(read(**{"@@mine": 1, "@unknown": 2, "mine": 3}).fields)
    assert fields == {"@mine": 1, "mine": 3}


def test_names_of_several_writers_mean_the_same() -> None:
    for event in ({"TraceId": "t"}, {"trace_id": "t"}, {"trace.id": "t"}, {"@tr": "t"}, {"TraceId": "", "@tr": "t"}):
        assert read(**event).trace_id == "t"
    for event in ({"Application": "a"}, {"service.name": "a"}, {"ServiceName": "a"}):
        assert read(**event).service == "a"


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b"1", b'"text"', b"null", b"\xff", b'{"@mt": "no time"}', b'{"@t": 5}', b'{"@t": null}',
     b"[" * 5_000 + b"]" * 5_000],
)  # fmt: skip
def test_what_is_no_event_is_none(line: bytes) -> None:
    assert row(line) is None


@pytest.mark.parametrize("depth", [100, 300, 900])
def test_deep_nesting_is_a_row_or_none(depth: int) -> None:
    line = b'{"@t": "2026-01-01T00:00:00Z", "@mt": "{Deep}", "Deep": ' + b"[" * depth + b"]" * depth + b"}"
    result = row(line)
    assert (result is not None) == (depth < 200)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_row_or_none(line: bytes) -> None:
    assert row(line) is None


@given(st.dictionaries(st.sampled_from(["@m", "@mt", "@l", "@x", "@tr", "A", "Application", "@@a", ""]), JSON))
def test_any_values_make_a_row_of_texts(event: dict[str, Any]) -> None:
    result = row(orjson.dumps({**event, "@t": "2026-01-01T00:00:00Z"}))
    assert result is not None
    for name, value in result._asdict().items():
        assert isinstance(value, int if name in ("at_ns", "level") else str)
    assert 0 <= result.level <= len(LEVELS)
    assert isinstance(orjson.loads(result.fields), dict)


def test_what_the_writer_rendered_is_taken_for_holes_with_a_format() -> None:
    """Serilog writes `@r` for formats that only .NET knows."""
    event = {
        "@t": "2026-09-21T10:00:00Z",
        "@mt": "{Who} took {Ms:F1} of {All:c}",
        "Who": "a",
        "Ms": 1,
        "All": 2,
        "@r": ["1,0", "2 s"],
    }
    result = row(orjson.dumps(event))
    assert result is not None
    assert result.message == "a took 1,0 of 2 s"


def test_a_template_that_names_a_long_property_often_is_cut() -> None:
    result = render("{A}" * 20_000, {"A": "x" * 20_000})
    assert len(result) == LONGEST_MESSAGE + 1
    assert result.endswith("…")
